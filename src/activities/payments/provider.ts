import type { PaymentProvider } from '../../domain/money/provider.ts';
import { createSandboxProvider } from './sandbox.ts';

/** Which provider moves the money, and where it is. */
export interface PaymentSettings {
  paymentProvider: 'sandbox';
  paymentProviderUrl: string;
}

/** The adapter of the provider that the settings name. */
export function createPaymentProvider({ paymentProvider, paymentProviderUrl }: PaymentSettings): PaymentProvider {
  switch (paymentProvider) {
    case 'sandbox':
      return createSandboxProvider({ url: paymentProviderUrl });
  }
}
