import { isDeepStrictEqual } from 'node:util';
import { defaultPolicy } from '../../domain/policy/defaultPolicy.ts';
import type { PolicyDocument } from '../../domain/policy/policy.ts';
import { listAll, type Person } from './connection.ts';

/** How long everybody has for everything: enough for those who act, short for those who watch. */
export const seconds = 12;

/** The platform's own policy, but for the lengths of its deadlines. */
const policyOfSeconds: PolicyDocument = {
  ...defaultPolicy,
  deadlines: Object.fromEntries(
    Object.keys(defaultPolicy.deadlines).map((kind) => [kind, `PT${seconds}S`]),
  ) as PolicyDocument['deadlines'],
};

type Versioned = PolicyDocument & { version: number };
type Published = Versioned & { publishedBy: string; publishedAt: string };

/** A policy of seconds in force, and how to end that. */
export interface PolicyOfSeconds {
  version: number;
  /** Publishes the policy before anew, and says so; one that somebody published meanwhile stays. */
  restore: (admin: Person) => Promise<string>;
}

/** Puts a policy of seconds in force: for what is placed and applied for from now on (POL-2). */
export async function publishPolicyOfSeconds(admin: Person): Promise<PolicyOfSeconds> {
  const before = await policyBefore(admin);
  const { version } = await admin.post<Versioned>('/v1/policies', policyOfSeconds);
  return {
    version,
    async restore(restorer) {
      const current = await restorer.get<Versioned>('/v1/policies/current');
      if (current.version !== version) return `Policy ${current.version} was published meanwhile: it stays.`;
      const restored = await restorer.post<Versioned>('/v1/policies', before);
      return `The policy before is in force again, as policy ${restored.version}.`;
    },
  };
}

/** The newest policy that is not this demo's own: an earlier run that was killed may have left that one in force. */
async function policyBefore(admin: Person): Promise<PolicyDocument> {
  const published = await listAll<Published>(admin, '/v1/policies');
  const documents = published.map(({ version: _v, publishedBy: _by, publishedAt: _at, ...document }) => document);
  return documents.find((document) => !isDeepStrictEqual(document, policyOfSeconds)) ?? defaultPolicy;
}
