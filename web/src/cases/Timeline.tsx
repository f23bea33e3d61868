import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTimeline } from '../api/queries.ts';
import type { TimelineItem } from '../api/types.ts';
import { Card, Loaded, Tag, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCaseWords } from './words.ts';

const fewest = 6;

/** Who did what, when, why, under which rule; the latest in front. SEE-1 */
export const Timeline = ({ id }: { id: string }) => <Course query={useTimeline(id)} />;

/** The timeline of anything. */
export function Course({ query }: { query: ReturnType<typeof useTimeline> }) {
  const t = useCaseWords();
  return (
    <Card title={t('timeline')}>
      <Loaded query={query} rows={1}>
        {(items) => <Items items={items} />}
      </Loaded>
    </Card>
  );
}

export function Items({ items }: { items: TimelineItem[] }) {
  const t = useCaseWords();
  const named = useCodes();
  const [all, setAll] = useState(false);
  const latestFirst = items.toReversed();
  const shown = all ? latestFirst : latestFirst.slice(0, fewest);
  return (
    <div className="stack">
      <ol className="timeline">
        {shown.map(({ seq, at, type, actor, rule, detail }) => (
          <li key={seq}>
            <div className="row apart top steady">
              <span className="strong">{named('event', type)}</span>
              <span className="small soft fixed">
                <When at={at} />
              </span>
            </div>
            <p className="small soft">
              {named('role', actor.role)}
              {actor.id === undefined ? '' : ` ${actor.id}`}
              {rule === undefined ? '' : ` · ${rule}`}
              {detail['automatic'] === true && (
                <>
                  {' '}
                  <Tag>{t('automatically')}</Tag>
                </>
              )}
            </p>
            {textsOf(detail).map((text) => (
              <p key={text} className="small preline said">
                {text}
              </p>
            ))}
          </li>
        ))}
      </ol>
      {!all && items.length > fewest && (
        <Button variant="subtle" onClick={() => setAll(true)}>
          {t('showAll', { count: items.length })}
        </Button>
      )}
    </div>
  );
}

/** What a person wrote in an event. */
const textsOf = (detail: TimelineItem['detail']): string[] =>
  ['note', 'statement', 'question', 'text']
    .map((name) => detail[name])
    .filter((text): text is string => typeof text === 'string' && text !== '');
