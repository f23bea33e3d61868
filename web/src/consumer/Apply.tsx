import { Button } from '@mantine/core';
import { type FormEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiProblem } from '../api/client.ts';
import { useDraft } from '../api/draft.ts';
import { useOrder, useReturnOptions } from '../api/queries.ts';
import type { Case, Money, Order, ReturnOptions } from '../api/types.ts';
import { useCommand } from '../api/useCommand.ts';
import { isRefund } from '../cases/money.ts';
import { useTime } from '../design/format.ts';
import { Amount, Card, Empty, Loaded, Thing } from '../design/pieces.tsx';
import type { Picked } from '../evidence/Picker.tsx';
import { Uploading, useUploading } from '../evidence/Uploading.tsx';
import { Choice, Fault, Told } from '../forms/Form.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { Described } from './Described.tsx';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

type Line = ReturnOptions['lines'][number];
type Wish = {
  quantities: Record<string, number>;
  reason: string;
  subReason: string;
  kind: string;
  description: string;
  files: Picked[];
};

const nothing: Wish = { quantities: {}, reason: '', subReason: '', kind: '', description: '', files: [] };

/** 申请退货: what, how many, why; what it would bring and what is not possible is shown before anything is sent. ELIG-4 */
export function Apply({ orderId }: { orderId: string }) {
  const t = useConsumerWords();
  const order = useOrder(orderId);
  const options = useReturnOptions(orderId);
  return (
    <Screen title={t('apply')} back={`/orders/${orderId}`}>
      <Loaded query={order}>
        {(bought) => (
          <Loaded query={options}>
            {({ lines }) =>
              lines.some(({ returnableQuantity }) => returnableQuantity > 0) ? (
                <Application order={bought} lines={lines} />
              ) : (
                <>
                  <Empty icon="box" title={t('nothingReturnable')} />
                  {lines.map((line) => (
                    <NotPossible key={line.lineId} line={line} title={titleOf(bought, line)} />
                  ))}
                </>
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Screen>
  );
}

const titleOf = (order: Order, { lineId }: Pick<Line, 'lineId'>) =>
  order.lines.find((line) => line.lineId === lineId)?.title ?? lineId;

function Application({ order, lines }: { order: Order; lines: Line[] }) {
  const t = useConsumerWords();
  const common = useCommon();
  const named = useCodes();
  const time = useTime();
  const [, go] = useLocation();
  const name = `order.${order.id}.application`;
  const { values, change, clear } = useDraft<Wish>(name, nothing);
  const [tried, setTried] = useState(false);
  const { uploading, onBusy } = useUploading();
  const { submit, pending, underWay, trouble } = useCommand<Case>({
    path: '/v1/cases',
    name,
    onDone: ({ id }) => {
      clear();
      go(`/cases/${id}`);
    },
  });
  // what was typed earlier may be more than is left by now
  const quantities = Object.fromEntries(
    lines.map(({ lineId, returnableQuantity }) => [
      lineId,
      Math.min(values.quantities[lineId] ?? 0, returnableQuantity),
    ]),
  );
  const chosen = lines.filter(({ lineId }) => (quantities[lineId] ?? 0) > 0);
  // what every chosen line allows
  const options = chosen[0]?.options.filter(({ reason }) =>
    chosen.every((line) => line.options.some((one) => one.reason === reason)),
  );
  const option = options?.find(({ reason }) => reason === values.reason);
  const subReason = option?.subReasons.includes(values.subReason) ? values.subReason : '';
  const kinds: readonly string[] = option?.kinds ?? [];
  const kind = kinds.includes(values.kind) ? values.kind : kinds.length === 1 ? (kinds[0] ?? '') : '';
  const refund = refundOf(chosen, quantities);
  const bringsMoney = kind === '' || isRefund(kind);
  /** What is asked for first of what is not filled in. */
  const missing =
    chosen.length === 0
      ? 'lines'
      : !option
        ? 'reason'
        : kind === ''
          ? 'kind'
          : values.description.trim() === ''
            ? 'description'
            : undefined;
  const linesFault = useId();

  async function onSubmit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (uploading) return;
    if (missing !== undefined || !option) {
      const first = `[data-field="${missing}"] :is(button:enabled, input, textarea)`;
      document.querySelector<HTMLElement>(first)?.focus();
      return;
    }
    await submit({
      orderId: order.id,
      kind,
      reason: option.reason,
      ...(subReason === '' ? {} : { subReason }),
      lines: chosen.map(({ lineId }) => ({ lineId, quantity: quantities[lineId] })),
      description: values.description.trim(),
      evidenceIds: values.files.map(({ id }) => id),
    });
  }
  const fault = (field: typeof missing) => (tried && missing === field ? common('choose') : undefined);

  return (
    <form className="stack" noValidate onSubmit={(event) => void onSubmit(event)}>
      <Card title={t('chooseItems')}>
        <ul className="lines" data-field="lines">
          {lines.map((line) => (
            <li key={line.lineId}>
              <LineChoice
                line={line}
                title={titleOf(order, line)}
                quantity={quantities[line.lineId] ?? 0}
                fault={fault('lines') === undefined ? undefined : linesFault}
                onChange={(quantity) => change({ quantities: { ...quantities, [line.lineId]: quantity } })}
              />
            </li>
          ))}
        </ul>
        <Fault id={linesFault}>{fault('lines')}</Fault>
      </Card>
      {options && (
        <section className="card" data-field="reason">
          <Choice
            field={{
              name: 'reason',
              options: options.map(({ reason, until }) => ({
                value: reason,
                label: named('reason', reason),
                hint: t('until', { time: time(until) }),
              })),
            }}
            value={values.reason}
            label={t('chooseReason')}
            fault={fault('reason')}
            onChange={(reason) => change({ reason, subReason: '' })}
          />
          <Refused lines={chosen} />
        </section>
      )}
      {option && option.subReasons.length > 0 && (
        <section className="card">
          <Choice
            field={{
              name: 'subReason',
              side: true,
              options: option.subReasons.map((value) => ({ value, label: named('subReason', value) })),
            }}
            value={subReason}
            label={common('optionalLabel', { label: t('chooseSubReason') })}
            onChange={(value) => change({ subReason: value })}
          />
        </section>
      )}
      {option && (
        <section className="card" data-field="kind">
          <Choice
            field={{
              name: 'kind',
              side: true,
              options: kinds.map((value) => ({ value, label: named('kind', value) })),
            }}
            value={kind}
            label={t('chooseKind')}
            fault={fault('kind')}
            onChange={(value) => change({ kind: value })}
          />
        </section>
      )}
      {kind !== '' && (
        <section className="card" data-field="description">
          <div className="stack">
            <Described
              values={values}
              change={change}
              tried={tried}
              onBusy={onBusy}
              label={t('describe')}
              hint={t('describeHint')}
              filesLabel={t('photos')}
              kind="product_photo"
            />
          </div>
        </section>
      )}
      <Told trouble={trouble} underWay={underWay} />
      <Uploading uploading={uploading} />
      <div className="sticky-foot">
        <div className="row apart steady">
          <div className="stack tight">
            <span className="tiny soft">{t('expectedRefund')}</span>
            {bringsMoney && refund ? <Amount money={refund} big /> : <span className="strong">—</span>}
            <span className="tiny soft">{bringsMoney ? t('expectedRefundHint') : t('noRefundKind')}</span>
          </div>
          <Button type="submit" size="md" loading={pending} disabled={uploading}>
            {t('submitApplication')}
          </Button>
        </div>
      </div>
    </form>
  );
}

/** What the API says these quantities would bring together. */
function refundOf(chosen: Line[], quantities: Record<string, number>): Money | undefined {
  const [first] = chosen;
  if (!first) return undefined;
  let amount = 0;
  for (const { lineId, refunds } of chosen) {
    const one = refunds[(quantities[lineId] ?? 0) - 1];
    if (one === undefined) return undefined;
    amount += one;
  }
  return { amount, currency: first.refundPerUnit.currency };
}

function LineChoice({
  line,
  title,
  quantity,
  fault,
  onChange,
}: {
  line: Line;
  title: string;
  quantity: number;
  /** By which id it is said that nothing was chosen, where it is. */
  fault: string | undefined;
  onChange: (quantity: number) => void;
}) {
  const t = useConsumerWords();
  const most = line.returnableQuantity;
  if (most === 0) return <NotPossible line={line} title={title} />;
  return (
    <div className="row steady">
      <Thing title={title} />
      <div className="grow">
        <p className="strong">{title}</p>
        <p className="small soft">
          {t('returnable', { count: most })} · {t('perUnit')} <Amount money={line.refundPerUnit} />
        </p>
      </div>
      <div className="stepper" role="group" aria-label={title} aria-describedby={fault}>
        <button
          type="button"
          aria-label={`${title} −1`}
          disabled={quantity === 0}
          onClick={() => onChange(quantity - 1)}
        >
          −
        </button>
        <output aria-live="polite">{quantity}</output>
        <button
          type="button"
          aria-label={`${title} +1`}
          disabled={quantity >= most}
          onClick={() => onChange(quantity + 1)}
        >
          +
        </button>
      </div>
    </div>
  );
}

function NotPossible({ line, title }: { line: Line; title: string }) {
  const t = useConsumerWords();
  return (
    <div className="row steady top">
      <Thing title={title} />
      <div className="grow">
        <p className="strong">
          {title} · <span className="soft">{t('notPossible')}</span>
        </p>
        <Refused lines={[line]} />
      </div>
    </div>
  );
}

/** Why a reason is not open. ELIG-4 */
function Refused({ lines }: { lines: Line[] }) {
  const named = useCodes();
  const text = useProblemText();
  const refused = new Map(
    lines.flatMap(({ notEligible = [] }) => notEligible.map((one) => [one.reason, one] as const)),
  );
  if (refused.size === 0) return null;
  return (
    <ul className="stack tight refused">
      {[...refused.values()].map(({ reason, code, detail }) => (
        <li key={reason} className="small soft">
          {named('reason', reason)}：{text(new ApiProblem(409, { code, detail }))}
        </li>
      ))}
    </ul>
  );
}
