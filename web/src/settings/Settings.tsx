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

const useWords = phrases('settings', {
  email: ['接收通知的邮箱', 'Mail address for notices'],
  emailOn: ['通过邮件通知我', 'Tell me by mail as well'],
  notices: ['通知', 'Notices'],
  returnAddress: ['退货地址', 'Return address'],
  returnAddressHint: ['同意退货时，默认使用此地址', 'Approved returns go there unless another is given'],
  save: ['保存', 'Save'],
  saved: ['已保存', 'Saved'],
  signedInAs: ['当前身份', 'Signed in as'],
});

/** Language and colours of this console. */
export function Looks() {
  const t = useCommon();
  const language = useLanguage();
  const client = useQueryClient();
  const { session } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  /** Messages are written in the profile's language: it goes along. */
  async function choose(next: Language): Promise<void> {
    speak(next, true);
    if (!session) return;
    const profile = await answerOf<Profile>(await ask('GET', '/v1/me/profile'));
    await answerOf(await ask('PUT', '/v1/me/profile', { body: { ...profile, language: next } }));
    await client.invalidateQueries({ queryKey: keys.profile });
    await client.invalidateQueries({ queryKey: keys.messages });
  }
  return (
    <div className="stack">
      <div className="row apart">
        <span id="language-label">{t('language')}</span>
        <SegmentedControl
          aria-labelledby="language-label"
          value={language}
          onChange={(value) => void choose(value).catch(() => undefined)}
          data={[
            { value: 'zh-CN', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
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
