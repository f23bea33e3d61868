import { z } from 'zod';

// Spaces, zero-width and other unseen characters alone say nothing to whoever must read it.
const visible = /[^\p{Z}\p{C}\s]/u;

// Broken characters and control characters other than those that lay out a text don't survive storing and showing.
const writable = /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u;

/** Free text a person wrote: at least one visible character, at most 4,000 characters in all. */
export const freeText = z
  .string()
  .regex(visible, { error: 'must not be blank', abort: true })
  .max(4000)
  .regex(writable, 'must have no control characters but tabs and line breaks');

// Control characters have no place in a name or an id, and would let one masquerade as another in logs and lists.
const printable = /^[^\p{Cc}\p{Cs}]*$/u;

/** A short name, title or number as people write it: 1 to `max` printable characters. */
export const label = (max: number) =>
  z
    .string()
    .regex(visible, { error: 'must not be blank', abort: true })
    .max(max)
    .regex(printable, 'must have no control characters');

/** An id that another system gave: consumer, merchant, sku, transaction … */
export const foreignId = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._:@-]*$/u,
    'must begin with a letter or digit and have letters, digits and . _ : @ - only',
  );

/** An id of ours. */
export const ownId = z.uuid();

/** Files already uploaded, by id; naming one twice is a mistake. */
export const evidenceIds = z
  .array(ownId)
  .max(20)
  .refine((ids) => new Set(ids).size === ids.length, 'must not name a file twice');

/** An amount in minor units that is paid: a positive safe integer. */
export const paidAmount = z.int().min(1).max(1_000_000_000_000_000);
