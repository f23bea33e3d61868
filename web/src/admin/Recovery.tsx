import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Card, Tag, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useAdminWords } from './words.ts';

const places = [
  ['/recovery', 'extensions'],
  ['/recovery/republications', 'republications'],
  ['/recovery/abandonments', 'abandonments'],
] as const;

/** What sets right after a failure: what can be done beside what was done. */
export function Recovery({ done, form }: { done: ReactNode; form: ReactNode }) {
  const t = useAdminWords();
  const [at] = useLocation();
  return (
    <>
      <Head title={t('recovery')}>
        <nav className="filters" aria-label={t('recovery')}>
          {places.map(([href, name]) => (
            <Link key={href} className="chip" href={href} {...(at === href ? { 'aria-current': 'page' as const } : {})}>
              {t(name)}
            </Link>
          ))}
        </nav>
      </Head>
      <div className="split">
        <Card title={t('audit')}>{done}</Card>
        <aside className="stack">{form}</aside>
      </div>
    </>
  );
}

/** An entry of what was done: what, by whom, when and why, and what came of it. */
export function Done({
  what,
  running,
  by,
  at,
  reason,
  counts,
  children,
}: {
  what: ReactNode;
  /** Whether it goes on; undefined where it is done at once. */
  running?: boolean;
  by: string;
  at: string;
  reason?: string | undefined;
  counts?: (readonly [name: string, count: number])[];
  children?: ReactNode;
}) {
  const t = useAdminWords();
  return (
    <li className="stack tight">
      <div className="row apart">
        <span className="row">
          <span className="strong">{what}</span>
          {running !== undefined && <Tag tone={running ? 'go' : 'good'}>{running ? t('running') : t('done')}</Tag>}
        </span>
        <span className="small soft">
          {by} · <When at={at} />
        </span>
      </div>
      {reason !== undefined && <p className="small preline">{reason}</p>}
      {counts && (
        <ul className="row small" aria-live={running ? 'polite' : 'off'}>
          {counts.map(([name, count]) => (
            <li key={name}>
              <span className="soft">{name}</span> <span className="number strong">{count}</span>
            </li>
          ))}
        </ul>
      )}
      {children}
    </li>
  );
}
