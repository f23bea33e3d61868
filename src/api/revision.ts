type Changes = 'rated' | 'erased' | 'settling' | 'resolving';

/**
 * What an answer's ETag says beside its version: what has changed what is shown without moving the version. Without it, whoever asks
 * whether its copy is still good would be told that it is. A claim is told from the next by when it ends, UTC ms.
 */
export function revisionOf(changed: Record<Changes, boolean>, claimedUntil?: number): { revision?: string } {
  const revision = Object.entries(changed)
    .filter(([, is]) => is)
    .map(([name]) => name)
    .concat(claimedUntil === undefined ? [] : [`claimed${claimedUntil}`])
    .join('');
  return revision === '' ? {} : { revision };
}
