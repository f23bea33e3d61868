/** A text's number below 2^32, FNV-1a: spreads evenly, and is the same on every machine. */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const unit of text) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
