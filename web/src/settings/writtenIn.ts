import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { answerOf, ask, read } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { useProfile } from '../api/queries.ts';
import type { Profile } from '../api/types.ts';
import { currentLanguage, type Language, languageWasChosen, speak } from '../words/language.ts';

/** Has messages and mail written in a language from now on: the profile's. TELL-5 */
export function useWriteIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (language: Language) => {
      const profile = await read<Profile>('/v1/me/profile');
      await answerOf(await ask('PUT', '/v1/me/profile', { body: { ...profile, language } }));
    },
    onSuccess: () =>
      Promise.all([keys.profile, keys.messages].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

/**
 * The console and what it sends speak one language: that which was chosen in this browser, else the profile's. The profile follows
 * once a sign-in, so that two browsers of somebody's that speak differently don't take it from each other.
 */
export function useOneLanguage(): void {
  const { data: profile } = useProfile();
  const { mutate } = useWriteIn();
  const isOne = useRef(false);
  useEffect(() => {
    if (!profile) return;
    if (!languageWasChosen()) speak(profile.language, false);
    else if (!isOne.current && profile.language !== currentLanguage()) mutate(currentLanguage());
    isOne.current = true;
  }, [profile, mutate]);
}
