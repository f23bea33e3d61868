import { createTransport } from 'nodemailer';
import type { Letter } from './letter.ts';

/** One try at mailing: `refused` is for good, `failed` may do later. */
export type Mailed = { outcome: 'sent' } | { outcome: 'refused' | 'failed'; status?: number; error: string };

/** Hands a letter to the mail server. `messageId` is the same at every try, so that a reader's server can tell a repeat. */
export type Mail = (to: string, messageId: string, letter: Letter) => Promise<Mailed>;

export interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  url: string;
  /** The sender, as mail programs show it. */
  from: string;
  /** How long the server may keep silent, in ms. */
  timeoutMs: number;
}

/** Mails over SMTP, one connection a mail: after an outage there is nothing stale. */
export function smtpMailer({ url, from, timeoutMs }: SmtpOptions): Mail {
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // nothing that a mail says may make us read a file or call somebody
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (to, messageId, { subject, text, html }) => {
    try {
      await transport.sendMail({
        from,
        // as an object: an address is one address, whatever is in it
        to: { name: '', address: to },
        messageId,
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { outcome: 'sent' };
    } catch (error) {
      return refusalOf(error);
    }
  };
}

/** Servers like to say whom they refuse; who it was is in the profile, for as long as it may be. */
const anAddress = /[^\s<>"']+@[^\s<>"']+/g;

/**
 * Only the server's own word about this recipient or this mail is for good: what it says to our name or password concerns all mail,
 * and is for an operator to mend.
 */
function refusalOf(error: unknown): Mailed {
  const { responseCode: status, command, message } = error as Error & { responseCode?: number; command?: string };
  const forGood = status !== undefined && status >= 500 && (command === 'RCPT TO' || command === 'DATA');
  const said = message.replaceAll(anAddress, '[address]');
  return { outcome: forGood ? 'refused' : 'failed', ...(status === undefined ? {} : { status }), error: said };
}
