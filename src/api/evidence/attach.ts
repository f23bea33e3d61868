import { unattachedEvidenceMs } from '../../domain/policy/policy.ts';
import type { Service } from '../context.ts';
import { currentPolicy } from '../currentPolicy.ts';
import { Problem } from '../problems.ts';
import type { Asked } from '../route.ts';

/** Files that a request names: `subject` as `case/<id>`, `holder` the request's command id. */
export type Naming = {
  ids: readonly string[];
  asked: Pick<Asked<unknown, unknown>, 'caller' | 'receivedAt'>;
  subject: string;
  holder: string;
};

/**
 * Makes a request's files its subject's, all or none; again is as once. EVI-2, EVI-5
 * @throws Problem where one is not the caller's, is attached elsewhere, unknown, or more than a party may attach.
 */
export async function attachEvidence(
  service: Pick<Service, 'evidence' | 'store'>,
  { ids, asked, subject, holder }: Naming,
): Promise<void> {
  if (ids.length === 0) return;
  const policy = await currentPolicy(service);
  const { maxFilesPerParty: maxPerParty } = policy.evidence;
  const { caller: uploader, receivedAt: now } = asked;
  const attached = await service.evidence.attach({
    ids,
    uploader,
    subject,
    holder,
    maxPerParty,
    now,
    unattachedMs: unattachedEvidenceMs(policy),
  });
  if (!attached.ok) throw Problem.ofEvidence(attached.refusal);
}

/** Gives back what a refused request had attached. EVI-5 */
export async function releaseEvidence(
  service: Pick<Service, 'evidence' | 'store'>,
  { ids, asked, subject, holder }: Naming,
): Promise<void> {
  if (ids.length === 0) return;
  const unattachedMs = unattachedEvidenceMs(await currentPolicy(service));
  await service.evidence.release({ ids, subject, holder, now: asked.receivedAt, unattachedMs });
}
