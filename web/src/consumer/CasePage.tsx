import { useCase } from '../api/queries.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { Application, Dispute, Files, Parcels } from '../cases/Details.tsx';
import { Timeline } from '../cases/Timeline.tsx';
import { WhatIf } from '../cases/WhatIf.tsx';
import { WhereItStands } from '../cases/WhereItStands.tsx';
import { useCaseWords } from '../cases/words.ts';
import { ButtonLink, Card, Loaded } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useConsumerForms } from './actions.ts';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

/** What is done first where several things are possible. */
const foremost = [
  'proposal-response',
  'evidence-submission',
  'tracking-number',
  'intervention-request',
  'appeal',
  'feedback',
];

/** A case, all of it on one page: where it stands in front. */
export function CasePage({ id }: { id: string }) {
  const common = useCommon();
  const t = useConsumerWords();
  const words = useCaseWords();
  const named = useCodes();
  const formOf = useConsumerForms();
  const query = useCase(id);
  return (
    <Screen title={common('case')} back="/cases">
      <Loaded query={query}>
        {(shown) => {
          const actions = shown.availableActions
            .filter((action) => formOf(action, shown))
            .toSorted((one, other) => place(one) - place(other));
          return (
            <>
              <WhereItStands shown={shown} viewer="consumer" />
              {actions.length > 0 && (
                <nav className="actions" aria-label={t('whatNow')}>
                  {actions.map((action, index) => (
                    <ButtonLink
                      key={action}
                      href={`/cases/${id}/do/${action}`}
                      variant={index === 0 && action !== 'withdrawal' ? 'filled' : 'default'}
                    >
                      {named('action', action)}
                    </ButtonLink>
                  ))}
                </nav>
              )}
              <Dispute shown={shown} />
              <Parcels shown={shown} />
              {shown.feedback && (
                <Card title={words('rated')}>
                  <p>
                    {'★'.repeat(shown.feedback.rating)} {shown.feedback.comment}
                  </p>
                </Card>
              )}
              <WhatIf shown={shown} />
              <Timeline id={id} />
              <Application shown={shown} />
              <Files id={id} />
              <Conversation kind="cases" id={id} />
              <ButtonLink href={`/support/new?order=${shown.orderId}`} variant="subtle" fullWidth>
                {t('contactService')}
              </ButtonLink>
            </>
          );
        }}
      </Loaded>
    </Screen>
  );
}

const place = (action: string) => {
  const at = foremost.indexOf(action);
  return at === -1 ? foremost.length : at;
};
