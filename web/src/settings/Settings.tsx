import { Button, Checkbox, SegmentedControl, TextInput, useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerOf, ask } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { useProfile } from '../api/queries.ts';
import type { Address, Profile } from '../api/types.ts';
import { Card, Loaded, Note } from '../design/pieces.tsx';
import { AddressInput } from '../forms/Form.tsx';
import { signOut, useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { type Language, phrases, speak, useLanguage } from '../words/language.ts';
import { useProblemText } from '../words/problems.ts';
import { useWriteIn } from './writtenIn.ts';

const useWords = phrases('settings', {
  email: ['接收通知的邮箱', 'Mail address for notices'],
  emailOn: ['通过邮件通知我', 'Tell me by mail as well'],
  notices: ['通知', 'Notices'],
  returnAddress: ['退货地址', 'Return address'],
  returnAddressHint: ['同意退货时，默认使用此地址', 'Approved returns go there unless another is given'],
  save: ['保存', 'Save'],
  saved: ['已保存', 'Saved'],
  writtenOtherwise: ['消息和邮件仍以另一种语言发送。', 'Messages and mail are still written in the other language.'],
  writeSo: ['消息和邮件也使用中文', 'Write them in English, too'],
  signedInAs: ['当前身份', 'Signed in as'],
});

/** Language and colours of this console. */
export function Looks() {
  const t = useCommon();
  const language = useLanguage();
  const { session } = useSession();
  const writing = useWriteIn();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div className="stack">
      <div className="row apart">
        <span id="language-label">{t('language')}</span>
        <SegmentedControl
          aria-labelledby="language-label"
          value={language}
          onChange={(next: Language) => {
            speak(next, true);
            if (session) writing.mutate(next);
          }}
          data={[
            { value: 'zh-CN', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
      {session && <WrittenOtherwise writing={writing} />}
      <div className="row apart">
        <span id="looks-label">{t('appearance')}</span>
        <SegmentedControl
          aria-labelledby="looks-label"
          value={colorScheme}
          onChange={(value) => setColorScheme(value)}
          data={[
            { value: 'auto', label: t('auto') },
            { value: 'light', label: t('light') },
            { value: 'dark', label: t('dark') },
          ]}
        />
      </div>
    </div>
  );
}

/** That messages and mail are written in another language than the console's, what has kept them so, and the way to change it. */
function WrittenOtherwise({ writing: { isPending, error, mutate } }: { writing: ReturnType<typeof useWriteIn> }) {
  const t = useWords();
  const text = useProblemText();
  const language = useLanguage();
  const { data: profile } = useProfile();
  const differs = profile !== undefined && profile.language !== language;
  // an answer that was lost may have been a yes
  if (isPending || (profile ? !differs : error === null)) return null;
  return (
    <Note tone={error === null ? 'info' : 'bad'}>
      <p>{t('writtenOtherwise')}</p>
      {error !== null && <p>{text(error)}</p>}
      <Button mt="sm" size="compact-md" variant="default" onClick={() => mutate(language)}>
        {t('writeSo')}
      </Button>
    </Note>
  );
}

/** What somebody says about itself, and who it is here. TELL-5 */
export function Settings({ withAddress = false }: { withAddress?: boolean }) {
  const t = useWords();
  const common = useCommon();
  const named = useCodes();
  const { session } = useSession();
  const query = useProfile();
  return (
    <>
      <Card title={`${named('role', session?.role ?? '')} ${session?.sub ?? ''}`}>
        <Looks />
      </Card>
      <Loaded query={query} rows={1}>
        {(profile) => <ProfileForm profile={profile} withAddress={withAddress} />}
      </Loaded>
      <Button
        variant="default"
        size="md"
        onClick={signOut}
        aria-label={`${common('signOut')} (${t('signedInAs')} ${session?.sub ?? ''})`}
      >
        {common('signOut')}
      </Button>
    </>
  );
}

const noAddress: Address = { name: '', phone: '', province: '', city: '', district: '', street: '' };

function ProfileForm({ profile, withAddress }: { profile: Profile; withAddress: boolean }) {
  const t = useWords();
  const text = useProblemText();
  const client = useQueryClient();
  const [email, setEmail] = useState(profile.email ?? '');
  const [emailOn, setEmailOn] = useState(profile.emailOn);
  const [address, setAddress] = useState(profile.returnAddress ?? noAddress);
  const [told, setTold] = useState<{ fault?: unknown }>();

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    const given = Object.values(address).some((part) => part.trim() !== '');
    const body = {
      language: profile.language,
      emailOn,
      ...(email.trim() === '' ? {} : { email: email.trim() }),
      ...(withAddress && given ? { returnAddress: address } : {}),
    };
    try {
      await answerOf(await ask('PUT', '/v1/me/profile', { body }));
      setTold({});
      await client.invalidateQueries({ queryKey: keys.profile });
    } catch (fault) {
      setTold({ fault });
    }
  }
  return (
    <Card title={t('notices')}>
      <form className="stack" noValidate onSubmit={(event) => void save(event)}>
        <TextInput
          label={t('email')}
          type="email"
          autoComplete="email"
          size="md"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Checkbox
          size="md"
          label={t('emailOn')}
          checked={emailOn}
          onChange={(event) => setEmailOn(event.currentTarget.checked)}
        />
        {withAddress && (
          <>
            <p className="small soft">{t('returnAddressHint')}</p>
            <AddressInput label={t('returnAddress')} value={address} onChange={setAddress} />
          </>
        )}
        {told &&
          (told.fault === undefined ? (
            <Note tone="good">{t('saved')}</Note>
          ) : (
            <Note tone="bad">{text(told.fault)}</Note>
          ))}
        <Button type="submit" size="md" variant="light">
          {t('save')}
        </Button>
      </form>
    </Card>
  );
}
