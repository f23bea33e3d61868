import { type Party, signToken } from '../../src/cli/tokens.ts';

const merchants = 4;
const consumers = 16;

/** One order's parties, each with its token. */
export type Parties = Record<'consumer' | 'merchant', { id: string; token: string }>;

/** A marketplace's worth of parties, so that no list and no caller's share is all of it; tokens are signed once. */
export async function partiesWith(secret: string): Promise<{ service: string; of: (index: number) => Parties }> {
  const named = (role: 'consumer' | 'merchant', count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const party: Party = { role, sub: `${role}-${index}` };
        return { id: party.sub, token: await signToken(party, secret) };
      }),
    );
  const [all, sellers] = await Promise.all([named('consumer', consumers), named('merchant', merchants)]);
  return {
    service: await signToken({ role: 'service', sub: 'marketplace' }, secret),
    of: (index) => ({ consumer: all[index % consumers]!, merchant: sellers[index % merchants]! }),
  };
}
