import { type PropertyName, prove } from './proving.ts';

// One process of the proof: walks what it is given, one batch after the other, and sends each batch's proof back.

process.on('message', ({ name, sequences, seed }: { name: PropertyName; sequences: number; seed: number }) => {
  process.send?.(prove(name, { sequences, seed }));
});
process.on('disconnect', () => process.exit());
