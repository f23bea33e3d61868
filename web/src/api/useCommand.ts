import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, refusedForGood, send, Unreachable } from './client.ts';
import { forgetKey, keyFor } from './draft.ts';
import { keys } from './keys.ts';

type Subject = { kind: 'case' | 'order' | 'ticket'; id: string; version: number };

type Options<Answer> = {
  /** Where it is sent. */
  path: string;
  method?: 'POST' | 'PUT';
  /** The form's name: its key is kept under it. */
  name: string;
  /** What it acts on, as the sender sees it. */
  subject?: Subject;
  onDone?: (answer: Answer) => void;
};

/** What became of sending: refused, or overtaken by somebody who acted first. */
export type Trouble = { error: unknown; overtaken: boolean };

/**
 * Sends a command from a form: under a key that repeats keep, with the version that its sender saw. Where somebody acted first, what
 * stands now is read anew, and the form stays as it is.
 */
export function useCommand<Answer>({ path, method = 'POST', name, subject, onDone }: Options<Answer>) {
  const client = useQueryClient();
  const [pending, setPending] = useState(false);
  /** Whether it was taken and is being carried out, which takes longer than a moment. */
  const [underWay, setUnderWay] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();

  async function submit(body: unknown): Promise<boolean> {
    setPending(true);
    setTrouble(undefined);
    try {
      const version = subject ? { version: subject.version } : {};
      const onTaken = () => setUnderWay(true);
      const answer = await send<Answer>(path, body, { method, key: keyFor(name, body), onTaken, ...version });
      forgetKey(name);
      if (subject) {
        const key = keyOf(subject);
        if (subject.kind === 'case' && path.startsWith(`/v1/cases/${subject.id}/`) && isSubject(answer, subject.id))
          client.setQueryData(key, answer);
        void client.invalidateQueries({ queryKey: key });
        if (subject.kind === 'case') void client.invalidateQueries({ queryKey: keys.ofCase(subject.id) });
      }
      // A rating says no version, so it names no subject; what it rated shows it all the same.
      const rated = /^\/v1\/(case|order|support-ticket)s\/([^/]+)\/feedback$/.exec(path);
      if (rated?.[2] !== undefined)
        void client.invalidateQueries({ queryKey: keyOf({ kind: kindOf[rated[1] ?? ''] ?? 'case', id: rated[2] }) });
      for (const queryKey of [keys.cases, keys.orders, keys.tickets, keys.queues])
        void client.invalidateQueries({ queryKey });
      onDone?.(answer);
      return true;
    } catch (error) {
      if (refusedForGood(error)) forgetKey(name);
      if (!(error instanceof ApiProblem) && !(error instanceof Unreachable)) console.error(error);
      const overtaken = error instanceof ApiProblem && overtakenCodes.includes(error.code) && subject !== undefined;
      if (overtaken)
        await Promise.all(
          [keyOf(subject), ...(subject.kind === 'case' ? [keys.ofCase(subject.id)] : [])].map((queryKey) =>
            client.invalidateQueries({ queryKey, refetchType: 'active' }),
          ),
        );
      setTrouble({ error, overtaken });
      return false;
    } finally {
      setPending(false);
      setUnderWay(false);
    }
  }
  return { submit, pending, underWay, trouble, forget: () => setTrouble(undefined) };
}

/** Refusals that tell that things have moved on. */
const overtakenCodes = [
  'stale_version',
  'action_not_available',
  'case_ended',
  'order_ended',
  'ticket_ended',
  'evidence_phase_over',
];

const kindOf: Record<string, Subject['kind']> = { case: 'case', order: 'order', 'support-ticket': 'ticket' };

const keyOf = ({ kind, id }: Omit<Subject, 'version'>) => keys[kind](id);

const isSubject = (answer: unknown, id: string): boolean =>
  typeof answer === 'object' && answer !== null && 'id' in answer && answer.id === id && 'version' in answer;
