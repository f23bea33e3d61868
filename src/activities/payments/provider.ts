import type { PaymentProvider } from '../../domain/money/provider.ts';
import { createSandboxProvider } from './sandbox.ts';

/** Which provider moves the money, and where it is. */
export interface PaymentSettings {
  paymentProvider: 'sandbox';
  paymentProviderUrl: string;
}

/** The adapter of the provider that the settings name; `send` stands in for the platform's own `fetch`. */
export function createPaymentProvider(
  { paymentProvider, paymentProviderUrl }: PaymentSettings,
  send?: typeof fetch,
): PaymentProvider {
  switch (paymentProvider) {
    case 'sandbox':
      return createSandboxProvider({ url: paymentProviderUrl, ...(send ? { fetch: send } : {}) });
  }
}
