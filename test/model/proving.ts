import * as fc from 'fast-check';
import { type Coverage, nowhere } from './coverage.ts';
import { properties } from './properties.ts';

export type PropertyName = keyof typeof properties;
export const propertyNames = Object.keys(properties) as PropertyName[];

/** How many of `sequences` are a property's share. */
export const shareOf = (name: PropertyName, sequences: number): number => Math.ceil(sequences * properties[name].share);

/** What came of walking: where the walks have been, and the story of the shortest one that broke an invariant. */
export type Proof = { coverage: Coverage; broken?: string };

/** Walks `sequences` times from `seed` on; the first walk that breaks an invariant is shrunk to its shortest, unless `shrunk` is false. */
export function prove(
  name: PropertyName,
  { sequences, seed, shrunk = true }: { sequences: number; seed: number; shrunk?: boolean },
): Proof {
  const coverage = nowhere();
  const property = properties[name].walk(coverage);
  const { failed, errorInstance } = fc.check<unknown>(property, { numRuns: sequences, seed, endOnFailure: !shrunk });
  if (!failed) return { coverage };
  const error = errorInstance instanceof Error ? errorInstance : new Error(String(errorInstance));
  const fault = error.name === 'BrokenInvariant' ? error.message : (error.stack ?? error.message);
  return { coverage, broken: `${name}, seed ${seed}, the shortest story:\n${fault}` };
}

/** The places that walks should have come to and have not. */
export const missed = (name: PropertyName, { reached }: Coverage): string[] =>
  properties[name].places.filter((place) => !(place in reached));
