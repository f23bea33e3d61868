import type { Caller } from './authentication.ts';

/** So many places for each caller of this process, such as streams or uploads: whoever has taken them all waits until one is given back. */
export function placesPerCaller(most: number) {
  const taken = new Map<string, number>();
  return {
    /** Takes a place; answers how to give it back, or undefined where the caller has all of its places. */
    take({ role, id }: Pick<Caller, 'role' | 'id'>): (() => void) | undefined {
      const caller = `${role}/${id}`;
      const count = taken.get(caller) ?? 0;
      if (count >= most) return undefined;
      taken.set(caller, count + 1);
      return () => {
        const left = (taken.get(caller) ?? 1) - 1;
        if (left > 0) taken.set(caller, left);
        else taken.delete(caller);
      };
    },
  };
}
