import { fileTypeFromBuffer } from 'file-type';
import { type EvidenceType, evidenceTypes } from '../domain/policy/evidenceTypes.ts';

/** How many bytes from the start tell every type but text. */
export const headBytes = 4_100;

const isEvidenceType = (type: string): type is EvidenceType => (evidenceTypes as readonly string[]).includes(type);

/** What an uploader says a file is: one of the types, nothing in particular, or something that is never taken. */
export function readDeclaredType(declared: string | undefined): EvidenceType | 'undeclared' | 'not_allowed' {
  const type = declared?.split(';')[0]?.trim().toLowerCase() ?? '';
  // What clients send that don't know a file's type.
  if (type === '' || type === 'application/octet-stream') return 'undeclared';
  if (type === 'image/jpg') return 'image/jpeg';
  return isEvidenceType(type) ? type : 'not_allowed';
}

/** The type that the first bytes show; undefined where they show none that is taken, which text never does. */
export async function detectType(head: Uint8Array): Promise<EvidenceType | undefined> {
  const detected = await fileTypeFromBuffer(head);
  return detected && isEvidenceType(detected.mime) ? detected.mime : undefined;
}

/** Looks at a file piece by piece: text is UTF-8 without NULs from the first byte to the last. */
export function textCheck(): { holds: (piece: Uint8Array) => boolean; ends: () => boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decodes = (piece?: Uint8Array) => {
    try {
      decoder.decode(piece, { stream: piece !== undefined });
      return true;
    } catch {
      return false;
    }
  };
  return { holds: (piece) => !piece.includes(0) && decodes(piece), ends: () => decodes() };
}

const longestName = 200;

/**
 * A file's name as it may be shown and sent back: without its path, without control characters and without those that turn
 * the direction of writing, so that it can't look like another.
 */
export function cleanName(name: string): string {
  const own = name.split(/[/\\]/).at(-1) ?? '';
  const visible = own.replaceAll(/[\p{Cc}\p{Cs}\u{200E}\u{200F}\u{2028}-\u{202E}\u{2066}-\u{2069}]/gu, '').trim();
  if (/^\.*$/.test(visible)) return 'unnamed';
  const characters = Array.from(visible);
  if (characters.length <= longestName) return visible;
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(visible)?.[0] ?? '';
  return (
    characters
      .slice(0, longestName - ending.length)
      .join('')
      .trimEnd() + ending
  );
}
