import { z } from 'zod';
import { label } from './fields.ts';

/** A postal address as the platform writes it, from province to street. */
export const addressSchema = z.strictObject({
  name: label(100),
  phone: z.string().regex(/^\+?[0-9][0-9 -]{3,30}$/, 'must be a phone number'),
  province: label(100),
  city: label(100),
  district: label(100),
  street: label(300),
});

export type Address = z.infer<typeof addressSchema>;
