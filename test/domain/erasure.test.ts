import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addressSchema } from '../../src/domain/address.ts';
import { caseRulesVersion, evolveAll, openedCase } from '../../src/domain/case/case.ts';
import { applicationSchema, caseCommandSchemas } from '../../src/domain/case/commands.ts';
import { caseSearchText } from '../../src/domain/case/searchText.ts';
import {
  consumerAddressFields,
  detailWithoutPersonalData,
  erasedAddress,
  erasedText,
  freeTextFields,
  withoutPersonalData,
} from '../../src/domain/erasure.ts';
import { freeText } from '../../src/domain/fields.ts';
import { orderCommandSchemas, orderSchema } from '../../src/domain/order/commands.ts';
import { orderRulesVersion, placedOrder } from '../../src/domain/order/order.ts';
import { anAddress, anOrder, noon } from '../builders.ts';
import { someFacts } from './caseStories.ts';
import { consumer } from './specification.ts';

/** The fields of a command that are checked by just this schema, as `command.field`. */
function fieldsOf(schema: z.ZodType): string[] {
  const all = { ...caseCommandSchemas, ...orderCommandSchemas, application: applicationSchema, order: orderSchema };
  return Object.entries(all).flatMap(([command, { shape }]) =>
    Object.entries(shape).flatMap(([field, declared]) => {
      const inner = declared instanceof z.ZodOptional ? declared.unwrap() : declared;
      return inner === schema ? [`${command}.${field}`] : [];
    }),
  );
}
const nameOf = (field: string) => field.split('.')[1] ?? '';

const deadline = { kind: 'merchantDecision' as const, from: noon, at: noon + 1 };

describe('erasing personal data', () => {
  it('knows every field in which a command takes free text, and each address that may be the consumer’s', () => {
    const texts = fieldsOf(freeText);
    expect(texts.length).toBeGreaterThan(10);
    const unknown = texts.filter((field) => !(freeTextFields as readonly string[]).includes(nameOf(field)));
    expect(unknown).toEqual(['deadlineExtension.reason']); // a text there, a code everywhere else
    const addresses = fieldsOf(addressSchema);
    const others = addresses.filter((field) => !(consumerAddressFields as readonly string[]).includes(nameOf(field)));
    expect(others).toEqual(['merchantDecision.returnAddress']); // the merchant's
  });

  it('takes out of a case what people wrote, wherever it stands, and leaves what was decided and for how much', () => {
    const by = { at: noon, actor: consumer };
    const opened = openedCase(
      { type: 'caseOpened', ...by, rule: 'CASE-1', facts: someFacts(), deadline },
      caseRulesVersion,
    );
    const state = evolveAll(opened, [
      {
        type: 'interventionRequested',
        ...by,
        rule: 'INT-1',
        reason: 'other',
        statement: '商家不讲理',
        evidenceIds: ['e-1'],
        deadline: { ...deadline, kind: 'interventionAudit' },
      },
      {
        type: 'proposed',
        ...by,
        rule: 'CASE-16',
        proposal: { kind: 'refund_only', amount: 100, note: '补偿', at: noon },
      },
    ]);
    const erased = withoutPersonalData({ ...state, returnAddress: anAddress });
    expect(erased).toEqual({
      ...state,
      facts: { ...state.facts, description: erasedText },
      intervention: { ...state.intervention, statement: erasedText },
      proposal: { ...state.proposal, note: erasedText },
      returnAddress: anAddress,
    });
    expect(withoutPersonalData(erased)).toEqual(erased);
    expect(caseSearchText(erased)).not.toContain(state.facts.description);
    expect(caseSearchText(erased)).toContain(state.facts.orderId);
  });

  it('takes the address out of an order and leaves one that can be read: ORD-9 goes on with it', () => {
    const facts = anOrder();
    const state = placedOrder(
      { type: 'orderPlaced', at: noon, actor: consumer, rule: 'ORD-1', facts, deadline },
      orderRulesVersion,
    );
    const erased = withoutPersonalData(state);
    expect(erased).toEqual({ ...state, facts: { ...facts, shippingAddress: erasedAddress } });
    expect(addressSchema.parse(erased.facts.shippingAddress)).toEqual(erasedAddress);
  });

  it('tells the reason of an extension, which is a text, from that of anything else, which is a code', () => {
    expect(detailWithoutPersonalData('deadlineExtended', { reason: '客户住院', was: 1 })).toEqual({
      reason: erasedText,
      was: 1,
    });
    const closed = { reason: 'withdrawn', note: '不想要了' };
    expect(detailWithoutPersonalData('caseClosed', closed)).toEqual({ ...closed, note: erasedText });
  });
});
