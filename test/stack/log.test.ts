import { expect, it } from 'vitest';
import { safeError } from '../../src/observe/log.ts';

it('an error is logged without the document that its driver hung on it', () => {
  const error = Object.assign(
    new Error('E11000 duplicate key error index: email_1 dup key: { email: "li@example.com" }'),
    {
      code: 11_000,
      op: { shippingAddress: { name: '李四' } },
      keyValue: { email: 'li@example.com' },
    },
  );
  const outer = new Error('the batch was not written', { cause: error });
  expect(safeError(outer)).toMatchObject({
    type: 'Error',
    message: 'the batch was not written',
    cause: { code: 11_000 },
  });
  expect(JSON.stringify(safeError(outer))).not.toMatch(/李四|li@example/);
});
