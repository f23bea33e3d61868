import { CancellationScope, condition, isCancellation, patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { Effect } from '../../domain/effects.ts';
import type { Found, ProviderAnswer } from '../../domain/money/provider.ts';
import { earlierTrySummary, lastTryMs, type ShellSettings } from '../messages.ts';
import { acting, asking, heldPayments, payingOn, payments, stored } from './activities.ts';
import { patches } from './patches.ts';
import type { EffectResult } from './rules.ts';

type Pay = Extract<Effect, { type: 'pay' }>;
const open = ({ outcome }: ProviderAnswer) => outcome === 'unknown' || outcome === 'pending' || outcome === 'held';

/**
 * Carries out effects beside the loop, which awaits none of them. Each stays pending under its key until its result has come back;
 * `onResult` may come more than once for a payment: `held` or `unknown` first, the provider's word later.
 */
export class Effects {
  private readonly pending = new Map<string, Effect>();
  /** Payments whose outcome is being asked for, so that they can be asked at once or stopped. */
  private readonly asked = new Map<string, { scope: CancellationScope; stopped: boolean; over: boolean }>();
  /** Under way, but of no more use: a document that was newer says nothing of them. */
  private readonly dropped = new Set<string>();
  /** Payments that an earlier run began to ask for. */
  private readonly begunEarlier = new Set<string>();
  private ordersMayComplete = 0;
  private firstTries = 0;
  private readonly settings: ShellSettings;
  private readonly onResult: (effect: Effect, result: EffectResult) => void;

  constructor(settings: ShellSettings, onResult: (effect: Effect, result: EffectResult) => void) {
    this.settings = settings;
    this.onResult = onResult;
  }

  get size(): number {
    return this.pending.size;
  }

  /** Whether a payment's first try is on its way: most come back at once, and all within the activity's time. */
  get isFirstTrying(): boolean {
    return this.firstTries > 0;
  }

  /** Whether a payment that is to be settled by hand may still be asked for by a try that began before. CASE-14 */
  get isAwaitingLastTry(): boolean {
    return [...this.pending.values()].some(
      (effect) => effect.type === 'checkPayment' && this.asked.get(effect.paymentKey)?.over === false,
    );
  }

  /** What has not come back yet, for the next run. */
  toJSON(): Effect[] {
    return [...this.pending.values()];
  }

  /** Goes on with what an earlier run of the workflow had begun, and may still have under way. */
  goOn(effect: Effect): void {
    if (effect.type === 'pay') this.begunEarlier.add(effect.key);
    if (effect.type === 'checkPayment') this.begunEarlier.add(effect.paymentKey);
    this.start(effect);
  }

  start(effect: Effect): void {
    this.pending.set(effect.key, effect);
    // a payment that is to be checked is tried no more; it starts anew only if the check comes to nothing
    if (effect.type === 'checkPayment') this.stop(effect.paymentKey);
    void this.run(effect);
  }

  /** Starts what a document says is to be carried out, and is not under way yet; what it says nothing of is asked for no more. */
  takeUp(awaited: Effect[]): void {
    const keys = new Set(awaited.map(({ key }) => key));
    for (const { key, type } of this.pending.values()) {
      if (keys.has(key)) continue;
      this.stop(key);
      // what a provider says of a payment that nobody waits for any more changes nothing
      if (type !== 'pay') this.dropped.add(key);
    }
    for (const effect of awaited) if (!this.pending.has(effect.key)) this.start(effect);
  }

  /** The provider says that it has settled this payment: ask it now. */
  paymentNotice(key: string): void {
    this.asked.get(key)?.scope.cancel();
  }

  /** An order's last open case has ended. */
  casesEnded(): void {
    this.ordersMayComplete += 1;
  }

  private stop(key: string): void {
    this.pending.delete(key);
    const asked = this.asked.get(key);
    if (!asked) return;
    asked.stopped = true;
    asked.scope.cancel();
  }

  private async run(effect: Effect): Promise<void> {
    switch (effect.type) {
      case 'pay':
        return this.pay(effect);
      case 'checkPayment': {
        await condition(() => this.asked.get(effect.paymentKey)?.over ?? true);
        await this.earlierTries(effect.paymentKey);
        return this.done(effect, { type: 'checkPayment', found: await foundAtProvider(effect.paymentKey) });
      }
      case 'resolveReturnAddress':
        return this.done(effect, {
          type: effect.type,
          address: await stored.returnAddressOf(effect.key, effect.merchantId),
        });
      case 'completeOrder': {
        let heard = this.ordersMayComplete;
        while (!(await stored.completeOrder(effect.key, effect.orderId))) {
          await condition(() => this.ordersMayComplete > heard);
          heard = this.ordersMayComplete;
        }
        return this.done(effect, { type: effect.type });
      }
      case 'actForConsumer': {
        const { key, resolving } = effect;
        const place = { taskQueue: workflowInfo().taskQueue, settings: this.settings };
        const acted = await acting.actForConsumer.executeWithOptions({ summary: resolving.act.outcome }, [
          key,
          effect,
          place,
        ]);
        return this.done(effect, { type: effect.type, acted });
      }
      default:
        return effect satisfies never;
    }
  }

  /** Until no try of this payment that an earlier run began can still reach the provider. CASE-14 */
  private async earlierTries(paymentKey: string): Promise<void> {
    const overAt = workflowInfo().runStartTime.getTime() + lastTryMs;
    if (!this.begunEarlier.has(paymentKey) || Date.now() >= overAt || !patched(patches.earlierTryFirst)) return;
    await sleep(overAt - Date.now(), { summary: earlierTrySummary });
  }

  private async pay(effect: Pay): Promise<void> {
    const { key, operation, amount } = effect;
    const asked = { scope: new CancellationScope(), stopped: false, over: false };
    this.asked.set(key, asked);
    const summary = `${operation} ${amount.amount} ${amount.currency} (minor units)`;
    this.firstTries += 1;
    let answer: ProviderAnswer = await payments.pay
      .executeWithOptions({ summary }, [key, effect])
      .catch((error: unknown) => unknownOutcome(error));
    this.firstTries -= 1;
    while (open(answer) && !asked.stopped) {
      this.onResult(effect, { type: 'pay', answer });
      asked.scope = new CancellationScope();
      const last: ProviderAnswer = answer;
      answer = await asked.scope
        .run(() =>
          last.outcome === 'held'
            ? heldPayments.payWhenLetGo.executeWithOptions({ summary: `held (${last.cause}): ${summary}` }, [
                key,
                effect,
                last.cause,
              ])
            : payingOn.payUntilAnswered.executeWithOptions({ summary: `ask for ${summary}` }, [key, effect]),
        )
        .catch((error: unknown) => (isCancellation(error) ? last : unknownOutcome(error)));
    }
    asked.over = true;
    if (!open(answer)) this.done(effect, { type: 'pay', answer });
  }

  private done(effect: Effect, result: EffectResult): void {
    if (this.dropped.delete(effect.key)) return;
    this.pending.delete(effect.key);
    this.onResult(effect, result);
  }
}

/** What the provider knows of a payment; out of reach after a few tries, it is unknown. CASE-14 */
export const foundAtProvider = (paymentKey: string): Promise<Found> =>
  asking.findPayment(paymentKey).catch((error: unknown) => unknownOutcome(error));

const unknownOutcome = (error: unknown) => ({
  outcome: 'unknown' as const,
  reason: error instanceof Error ? error.message : 'no answer',
});
