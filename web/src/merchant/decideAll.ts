import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { read, refusedForGood, send } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import type { Case } from '../api/types.ts';
import { upload } from '../evidence/Picker.tsx';
import { useProblemText } from '../words/problems.ts';

/** What is decided on each of the chosen cases; the files are uploaded for each. */
export type Verdict =
  | { decision: 'approve' }
  | { decision: 'refuse'; refusalCode: string; note?: string; files: File[] };
export type Outcome = { case: Case; state: 'waiting' | 'done' | 'failed'; said?: string };

/** Cases that are decided at the same time. */
const atOnce = 4;

/**
 * Decides several applications, each for itself, and keeps what became of each. It belongs to whoever is signed in, not to a page:
 * a run goes on while its merchant looks elsewhere, and ends with the session.
 */
export function useDecideAll() {
  const text = useProblemText();
  const client = useQueryClient();
  const [outcomes, setOutcomes] = useState<Outcome[]>();
  const [busy, setBusy] = useState(false);
  const asked = useRef<Verdict>(undefined);
  // What was uploaded for a case, and under which key what was sent, stay the same when it is tried again.
  const uploaded = useRef(new Map<string, Map<File, string>>());
  const sentAs = useRef(new Map<string, string>());

  const over = useRef(false);
  useEffect(() => {
    over.current = false;
    return () => {
      over.current = true;
    };
  }, []);

  async function bodyFor(id: string, verdict: Verdict): Promise<object> {
    if (verdict.decision === 'approve') return verdict;
    const { files, ...rest } = verdict;
    const ids = uploaded.current.get(id) ?? new Map<File, string>();
    uploaded.current.set(id, ids);
    for (const file of files) if (!ids.has(file)) ids.set(file, (await upload(file, 'product_photo')).id);
    return { ...rest, evidenceIds: files.map((file) => ids.get(file)) };
  }

  async function decide({ id, version }: Case, verdict: Verdict): Promise<void> {
    const body = await bodyFor(id, verdict);
    // Without the version: where the answer was lost, the decision itself may have moved it.
    const said = JSON.stringify([id, body]);
    const key = sentAs.current.get(said) ?? crypto.randomUUID();
    sentAs.current.set(said, key);
    try {
      await send(`/v1/cases/${id}/merchant-decision`, body, { key, version });
    } catch (error) {
      if (refusedForGood(error)) sentAs.current.delete(said);
      throw error;
    }
  }

  async function run(cases: Case[], verdict: Verdict): Promise<void> {
    asked.current = verdict;
    setBusy(true);
    const tell = (id: string, told: Omit<Outcome, 'case'>) =>
      setOutcomes((all) => all?.map((one) => (one.case.id === id ? { case: one.case, ...told } : one)));
    setOutcomes((all = []) => [
      ...all.filter((one) => !cases.some(({ id }) => id === one.case.id)),
      ...cases.map((one): Outcome => ({ case: one, state: 'waiting' })),
    ]);
    const waiting = [...cases];
    const next = async (): Promise<void> => {
      for (let one = waiting.shift(); one && !over.current; one = waiting.shift()) {
        try {
          await decide(one, verdict);
          tell(one.id, { state: 'done' });
        } catch (error) {
          tell(one.id, { state: 'failed', said: text(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, next));
    setBusy(false);
    void client.invalidateQueries({ queryKey: keys.cases });
  }

  return {
    outcomes,
    busy,
    run,
    /** Forgets what became of them. */
    end: () => setOutcomes(undefined),
    /** Tries those again that failed, as they stand now: who asks for it has been told what happened. */
    again: async (): Promise<void> => {
      const failed = outcomes?.filter(({ state }) => state === 'failed') ?? [];
      const verdict = asked.current;
      if (!verdict) return;
      setBusy(true);
      const now = await Promise.all(failed.map((one) => read<Case>(`/v1/cases/${one.case.id}`).catch(() => one.case)));
      await run(now, verdict);
    },
  };
}

export type Deciding = ReturnType<typeof useDecideAll>;
