import './desk.css';
import { type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import icon from '../design/icon.svg';
import { Icon, type IconName } from '../design/icons.tsx';
import { useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';

export type Place = { href: string; icon: IconName; label: string; count?: number | undefined };

/** The frame of those who work here all day: where one can go on the left, what is done on the right. */
export function Desk({ places, children }: { places: Place[]; children: ReactNode }) {
  const t = useCommon();
  const named = useCodes();
  const [at] = useLocation();
  const { session } = useSession();
  // Cases belong to the first page where they have none of their own.
  const casesElsewhere = places.some(({ href }) => href === '/cases');
  const isAt = (href: string) =>
    href === '/' ? at === '/' || (at.startsWith('/cases') && !casesElsewhere) : at.startsWith(href);
  return (
    <div className="desk">
      <nav className="rail" aria-label={t('appName')}>
        <div className="brand">
          <img src={icon} alt="" width={30} height={30} />
          {t('appName')}
        </div>
        {places.map(({ href, icon: drawn, label, count }) => (
          <Link key={href} href={href} {...(isAt(href) ? { 'aria-current': 'page' as const } : {})}>
            <Icon name={drawn} size={20} />
            {label}
            {count !== undefined && count > 0 && <span className="count">{count > 99 ? '99+' : count}</span>}
          </Link>
        ))}
        <footer>
          {named('role', session?.role ?? '')} {session?.sub}
        </footer>
      </nav>
      <main id="main">{children}</main>
    </div>
  );
}

/** A page's heading, and what belongs beside it. */
export function Head({ title, back, children }: { title: string; back?: string; children?: ReactNode }) {
  const t = useCommon();
  useEffect(() => {
    document.title = `${title} · ${t('appName')}`;
  });
  return (
    <header className="head">
      <div className="row">
        {back !== undefined && (
          <Link href={back} aria-label={t('back')}>
            <Icon name="back" />
          </Link>
        )}
        <h1>{title}</h1>
      </div>
      {children}
    </header>
  );
}
