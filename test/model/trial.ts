import { missed, propertyNames, prove, shareOf } from './proving.ts';

// A short proof, as a mutant is tried with: ends with 1 at the first invariant that breaks, and says which.

for (const name of propertyNames) {
  const { broken, coverage } = prove(name, { sequences: shareOf(name, 4_000), seed: 1, shrunk: false });
  const never = broken === undefined ? missed(name, coverage) : [];
  if (broken === undefined && never.length === 0) continue;
  const invariant = broken?.split('\n').find((line) => line.startsWith('Broken: '));
  console.log(invariant?.slice('Broken: '.length) ?? broken?.split('\n')[1] ?? `never came to ${never.join(', ')}`);
  process.exit(1);
}
