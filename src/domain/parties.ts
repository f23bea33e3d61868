/** Roles a caller may have. `service` is the marketplace's own back end. */
export const roles = ['consumer', 'merchant', 'agent', 'admin', 'service'] as const;
export type Role = (typeof roles)[number];

/** Who did something: a caller, an operator by hand in the Temporal UI, or a passed deadline. */
export type Actor = { role: Role | 'operator'; id: string } | { role: 'timer' | 'system' };

/** The deadline itself acting (SEE-2), and the service carrying out what was decided. */
export const timer: Actor = { role: 'timer' };
export const system: Actor = { role: 'system' };
