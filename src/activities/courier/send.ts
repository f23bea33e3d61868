import { type BackOff, nextTry } from '../../domain/tell/delivery.ts';
import { messageIdOf, webhookIdOf } from '../../store/deliveries.ts';
import type { DeliveryDocument, MailDocument, Try, WebhookDocument } from '../../store/documents.ts';
import type { EndpointStore } from '../../store/endpoints.ts';
import type { Ending } from '../../store/outbox.ts';
import type { Profile } from '../../store/profiles.ts';
import { isStoreUnavailable } from '../../store/reading.ts';
import { letterOf } from '../mail/letter.ts';
import type { Mail } from '../mail/smtp.ts';
import { postWebhook } from '../webhooks/post.ts';

/** What sending needs of the world. */
export type SendDeps = {
  /** Absent where no mail server is named: mail is skipped then. */
  mail: Mail | undefined;
  /** Somebody's profile, by `<role>/<sub>`. */
  profileOf: (inbox: string) => Promise<Profile>;
  endpoints: Pick<EndpointStore, 'find' | 'disable'>;
  backOff: { mail: BackOff; webhook: BackOff };
  /** How long an endpoint may take to answer, ms. */
  answerMs: number;
  /** Whether webhooks may go to addresses that are not public. */
  privateWebhooks: boolean;
  /** UTC ms */
  clock: () => number;
};

/** What came of sending an entry; nothing was tried where it was skipped. */
export type Sent = { tried?: Try; ending: Ending };

const skipped = (reason: string): Sent => ({ ending: { state: 'skipped', reason } });

/** Sends an entry once, to whom and how it is right now. @throws only where the database is away */
export function sender({ mail, profileOf, endpoints, backOff, answerMs, privateWebhooks, clock }: SendDeps) {
  const again = ({ tried, since }: DeliveryDocument, by: BackOff, error: string): Ending => {
    const at = nextTry(by, tried + 1, since.getTime(), clock());
    return at === undefined ? { state: 'failed', reason: error } : { state: 'pending', nextTryAt: new Date(at) };
  };

  const timed = async <Answer>(attempt: () => Promise<Answer>): Promise<{ answer: Answer; tried: Try }> => {
    const startedAt = clock();
    const answer = await attempt();
    return { answer, tried: { at: new Date(startedAt), durationMs: clock() - startedAt } };
  };

  async function sendMail(entry: MailDocument): Promise<Sent> {
    if (!mail) return skipped('no mail server is named in SMTP_URL');
    const { email, emailOn, language } = await profileOf(entry.to);
    if (!emailOn || email === undefined) return skipped('the recipient wants no mail any more');
    const { answer, tried } = await timed(() => mail(email, messageIdOf(entry._id), letterOf(entry, language)));
    if (answer.outcome === 'sent') return { tried, ending: { state: 'sent' } };
    const { outcome, error, status } = answer;
    const told = { ...tried, error, ...(status === undefined ? {} : { status }) };
    if (outcome === 'refused') return { tried: told, ending: { state: 'failed', reason: error } };
    return { tried: told, ending: again(entry, backOff.mail, error) };
  }

  async function sendWebhook(entry: WebhookDocument): Promise<Sent> {
    const endpoint = await endpoints.find(entry.to.slice(entry.to.indexOf('/') + 1));
    if (!endpoint?.enabled) return skipped('the endpoint is switched off');
    const { url } = endpoint;
    const now = clock();
    const secrets = endpoint.secrets
      .filter(({ until }) => until === undefined || until.getTime() > now)
      .map(({ secret }) => secret);
    const { answer, tried } = await timed(() =>
      postWebhook({ url, secrets, id: webhookIdOf(entry._id), body: entry.body }, now, {
        answerMs,
        privateToo: privateWebhooks,
      }),
    );
    if (answer.outcome === 'sent') return { tried: { ...tried, status: answer.status }, ending: { state: 'sent' } };
    const { error } = answer;
    const told = { ...tried, error, ...('status' in answer ? { status: answer.status } : {}) };
    if (answer.outcome === 'failed') return { tried: told, ending: again(entry, backOff.webhook, error) };
    const reason = 'the endpoint answered 410: it is gone, and was switched off';
    await endpoints.disable(endpoint._id, url, reason, new Date(clock()));
    return { tried: told, ending: { state: 'failed', reason } };
  }

  return async (entry: DeliveryDocument): Promise<Sent> => {
    try {
      return await (entry.channel === 'email' ? sendMail(entry) : sendWebhook(entry));
    } catch (error) {
      if (isStoreUnavailable(error)) throw error;
      // a fault of ours with this entry: it waits its turn like any that failed, and holds up no other
      const message = error instanceof Error ? error.message : String(error);
      const by = entry.channel === 'email' ? backOff.mail : backOff.webhook;
      const tried = { at: new Date(clock()), durationMs: 0, error: message };
      return { tried, ending: again(entry, by, message) };
    }
  };
}
