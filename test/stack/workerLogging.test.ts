import { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import { loggable } from '../../src/worker/logging.ts';

it('a log shows neither the task that could not be begun nor the document that could not be written', () => {
  const document = { name: '张三', phone: '13800000000' };
  const error = new mongo.MongoServerError({ message: 'E11000 duplicate key', op: document });
  const shown = loggable({ activityType: 'persist', error, task: JSON.stringify(document), taskEncoded: 'eyJ9' });
  expect(shown).toMatchObject({ activityType: 'persist', error: { message: 'E11000 duplicate key' } });
  expect(JSON.stringify(shown)).not.toMatch(/张三|13800000000|eyJ9/);
  expect(loggable(undefined)).toEqual({});
});
