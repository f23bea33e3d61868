import { type PropertyName, prove } from './proving.ts';

// One process of the proof: walks what it is given, one batch after the other, and sends each batch's proof back.

process.on('message', ({ name, sequences, seed }: { name: PropertyName; sequences: number; seed: number }) => {
  const proof = prove(name, { sequences, seed });
  // another has found something meanwhile, and nobody listens any more
  if (process.connected) process.send?.(proof);
});
process.on('disconnect', () => process.exit());
