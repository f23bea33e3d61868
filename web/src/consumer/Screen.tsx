import { type ReactNode, useEffect } from 'react';
import { Link } from 'wouter';
import { Icon } from '../design/icons.tsx';
import { useCommon } from '../words/common.ts';
import { usePlace } from './place.ts';

type Props = { title: string; back?: string; aside?: ReactNode; children: ReactNode };

/** A page with its heading; `back` leads to where it belongs. */
export function Screen({ title, back, aside, children }: Props) {
  const t = useCommon();
  useEffect(() => {
    document.title = `${title} · ${t('appName')}`;
  });
  usePlace();
  return (
    <>
      <header className="screen-top">
        {back === undefined ? (
          <span />
        ) : (
          <Link href={back} state={{ back: true }} className="back" aria-label={t('back')}>
            <Icon name="back" />
          </Link>
        )}
        <h1>{title}</h1>
        <span>{aside}</span>
      </header>
      <div className="stack body">{children}</div>
    </>
  );
}
