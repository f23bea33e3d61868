import { keepAliveHttp } from './http.ts';
import type { Parties } from './parties.ts';

const atOnce = 16;

/** A case that may be read. */
export type Readable = { caseId: string; parties: Parties };

/** How many reads a second the API answers, sixteen at a time on kept connections, each party reading its own. */
export async function measureReads(apiUrl: string, cases: Readable[], forMs: number, { lists = true } = {}) {
  const one = (index: number) => {
    const { caseId, parties } = cases[index % cases.length]!;
    return { path: `/v1/cases/${caseId}`, token: index % 2 === 0 ? parties.consumer.token : parties.merchant.token };
  };
  const list = (index: number) => ({ path: '/v1/cases', token: cases[index % cases.length]!.parties.merchant.token });
  // Compiled and connected before it counts.
  await perSecond(apiUrl, one, forMs / 4);
  const { answered: casesRead, rate: casePerSecond } = await perSecond(apiUrl, one, forMs);
  if (!lists) return { casesRead, casePerSecond, listPerSecond: 0 };
  await perSecond(apiUrl, list, forMs / 4);
  return { casesRead, casePerSecond, listPerSecond: (await perSecond(apiUrl, list, forMs)).rate };
}

async function perSecond(
  apiUrl: string,
  ask: (index: number) => { path: string; token: string },
  forMs: number,
): Promise<{ answered: number; rate: number }> {
  const http = keepAliveHttp(apiUrl, atOnce);
  try {
    let answered = 0;
    const startedAt = performance.now();
    const until = startedAt + forMs;
    const reader = async () => {
      while (performance.now() < until) {
        const { path, token } = ask(answered);
        const { status, text } = await http.ask({ method: 'GET', path, token });
        if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, reader));
    return { answered, rate: (answered * 1_000) / (performance.now() - startedAt) };
  } finally {
    http.close();
  }
}
