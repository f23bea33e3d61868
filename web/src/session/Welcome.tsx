import './session.css';
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import icon from '../design/icon.svg';
import { Icon, type IconName } from '../design/icons.tsx';
import { Looks } from '../settings/Settings.tsx';
import { useCodes } from '../words/codes.ts';
import { type Demo, useDemo } from './demo.ts';
import { sessionOf, signIn } from './session.ts';
import { useSessionWords } from './words.ts';

const roles = ['consumer', 'merchant', 'agent', 'admin'] as const;
const icons: Record<(typeof roles)[number], IconName> = {
  consumer: 'bag',
  merchant: 'store',
  agent: 'headset',
  admin: 'gear',
};

/** Who one can be, and where else there is something to see. */
export function Welcome() {
  const t = useSessionWords();
  const { data: demo } = useDemo();
  return (
    <div className="welcome">
      <main id="main" className="stack wide">
        <header className="stack tight">
          <img src={icon} alt="" width={52} height={52} />
          <h1>{t('welcome')}</h1>
          <p className="soft">{t('promise')}</p>
        </header>
        {demo && <Parties demo={demo} />}
        <TokenForm open={demo === null} />
        {demo && <Elsewhere links={demo.links} />}
        <section className="card">
          <Looks />
        </section>
      </main>
    </div>
  );
}

function Parties({ demo }: { demo: Demo }) {
  const t = useSessionWords();
  const named = useCodes();
  const [, go] = useLocation();
  return (
    <section className="stack" aria-labelledby="who">
      <div>
        <h2 id="who">{t('whoAreYou')}</h2>
        <p className="small soft">{t('demoHint')}</p>
      </div>
      <div className="parties">
        {roles.map((role) => (
          <div key={role} className="card">
            <div className="row steady top">
              <span className="thing">
                <Icon name={icons[role]} />
              </span>
              <div className="stack grow">
                <div>
                  <h3>{named('role', role)}</h3>
                  <p className="small soft">{t(`${role}Does`)}</p>
                </div>
                <div className="row">
                  {demo.parties
                    .filter((party) => party.role === role)
                    .map((party) => (
                      <Button
                        key={party.sub}
                        variant="light"
                        aria-label={`${named('role', role)} ${party.sub}`}
                        onClick={() => {
                          signIn(party);
                          go('/');
                        }}
                      >
                        {party.sub}
                      </Button>
                    ))}
                </div>
              </div>
            </div>
          </div>
        ))}
      </div>
    </section>
  );
}

/** A token pasted by hand. */
export function TokenForm({ open }: { open: boolean }) {
  const t = useSessionWords();
  const [token, setToken] = useState('');
  const [bad, setBad] = useState(false);
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const session = sessionOf(token);
    setBad(session === undefined);
    if (session) signIn(session);
  }
  return (
    <details className="card" open={open}>
      <summary>{t('signIn')}</summary>
      <form className="stack" onSubmit={onSubmit}>
        <TextInput
          label={t('token')}
          description={t('tokenHint')}
          size="md"
          type="password"
          autoComplete="off"
          value={token}
          error={bad ? t('badToken') : undefined}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <Button type="submit" size="md" disabled={token.trim() === ''}>
          {t('signIn')}
        </Button>
      </form>
    </details>
  );
}

function Elsewhere({ links }: { links: Demo['links'] }) {
  const t = useSessionWords();
  const all = [
    [t('apiDocs'), '/docs'],
    [t('temporalUi'), links.temporalUi],
    [t('mail'), links.mail],
    [t('provider'), links.provider],
  ] as const;
  return (
    <nav className="card" aria-label={t('elsewhere')}>
      <div className="stack">
        <h2>{t('elsewhere')}</h2>
        <div className="row">
          {all.map(
            ([label, href]) =>
              href !== null && (
                <a key={label} className="tag go elsewhere" href={href} target="_blank" rel="noreferrer">
                  {label}
                </a>
              ),
          )}
        </div>
      </div>
    </nav>
  );
}
