import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { Mails } from './mails.ts';

const mostBytes = 10 * 1024 * 1024;

/** An SMTP server that takes whatever it is given; it says yes only once the mail is kept. */
export function createSmtp(mails: Mails): SMTPServer {
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: mostBytes,
    closeTimeout: 1_000,
    onData(stream, { envelope }, done) {
      const keep = async () => {
        try {
          const raw = await buffer(stream);
          if (stream.sizeExceeded) throw Object.assign(new Error('the mail is too large'), { responseCode: 552 });
          const from = envelope.mailFrom ? envelope.mailFrom.address : '';
          await mails.add(raw, { from, to: envelope.rcptTo.map(({ address }) => address) });
        } catch (error) {
          done(error as Error);
          return;
        }
        done();
      };
      void keep();
    },
  });
}
