/**
 * What an answer's ETag says beside its version: what has changed what is shown without moving the version. Without it, whoever asks
 * whether its copy is still good would be told that it is.
 */
export function revisionOf(changed: Record<'rated' | 'erased' | 'settling' | 'resolving', boolean>): {
  revision?: string;
} {
  const revision = Object.entries(changed)
    .filter(([, is]) => is)
    .map(([name]) => name)
    .join('');
  return revision === '' ? {} : { revision };
}
