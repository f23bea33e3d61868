import { agentLeaseMs } from '../domain/policy/policy.ts';
import type { Lease } from '../store/leases.ts';
import type { Service } from './context.ts';
import { currentPolicy } from './currentPolicy.ts';
import { Problem } from './problems.ts';
import { isoTime } from './schemas.ts';

/** A command that claims its subject while it is done, or one that only leaves alone what another has claimed. */
export type LeaseUse = 'works_under_own' | 'respects_others';

/** An agent's command on a subject, and how it minds claims; `use` is absent where it doesn't. */
export type Work = { subject: string; agent: string; command: string; use: LeaseUse | undefined };

type Leasing = Pick<Service, 'store'>;

/** A claim as answers show it. */
export const shownLease = ({ agent, until }: Lease): { agent: string; until: string } => ({
  agent,
  until: isoTime(until),
});

/** 409, with who has it and until when. */
export function claimedByAnother(lease: Lease): Problem {
  const shown = shownLease(lease);
  const detail = `agent ${shown.agent} has claimed it until ${shown.until}: take another, or wait`;
  return Problem.of('claimed_by_another', detail, { members: { lease: shown } });
}

/**
 * Claims a subject for an agent at `now` (UTC ms), for as long as the policy in force says; answers the agent's lease.
 * @throws Problem 409 `claimed_by_another`
 */
export async function claim(
  service: Leasing,
  { subject, agent, command }: { subject: string; agent: string; command?: string },
  now: number,
): Promise<Lease> {
  const until = now + agentLeaseMs(await currentPolicy(service));
  const lease = await service.store.leases.claim({ subject, agent, now, until, ...(command ? { command } : {}) });
  if (lease.agent !== agent) throw claimedByAnother(lease);
  return lease;
}

/**
 * Before a command is handed over: nobody works on what another agent has claimed. It is claimed for the command's own time, so
 * that of two agents who act at once only one is heard.
 * @throws Problem 409 `claimed_by_another`
 */
export async function beginWork(service: Leasing, work: Work, now: number): Promise<void> {
  const { subject, agent, use } = work;
  if (use === 'works_under_own') await claim(service, work, now);
  if (use !== 'respects_others') return;
  const lease = (await service.store.leases.standing(now, { subjects: [subject] })).get(subject);
  if (lease && lease.agent !== agent) throw claimedByAnother(lease);
}

/** The command was accepted: the agent's claim has done its service. After a crash it runs out by itself. */
export async function workDone({ store }: Leasing, work: Work): Promise<void> {
  if (work.use === 'works_under_own') await store.leases.done(work);
}

/** The command was refused: its claim is given up, one that the agent had before stays. */
export async function workNotDone({ store }: Leasing, work: Work): Promise<void> {
  if (work.use === 'works_under_own') await store.leases.notDone(work);
}
