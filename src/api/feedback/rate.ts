import { z } from 'zod';
import { freeText } from '../../domain/fields.ts';
import type { Role } from '../../domain/parties.ts';
import type { RatingDocument } from '../../store/documents.ts';
import type { Service } from '../context.ts';
import { rememberOnce } from '../idempotent.ts';
import { Problem } from '../problems.ts';
import type { Answer, Asked } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

/** What a consumer says of the handling: 1 to 5, and why. TELL-4 */
export const feedbackBody = z.strictObject({ rating: z.int().min(1).max(5), comment: freeText.optional() });
export type FeedbackBody = z.infer<typeof feedbackBody>;

export const ratingAnswer = z
  .object({ rating: z.int(), comment: z.string().optional(), at: timeSchema })
  .meta({ id: 'Feedback' });

/** Codes that rating refuses with. */
export const feedbackRefusals = ['not_ended', 'already_rated'] as const;

/** A rating as it is answered. */
export function presentRating({
  rating,
  comment,
  at,
}: Pick<RatingDocument, 'rating' | 'comment' | 'at'>): z.infer<typeof ratingAnswer> {
  return { rating, ...(comment === undefined ? {} : { comment }), at: isoTime(at) };
}

/** An answer of what can be rated, with its rating; its consumer may rate what has ended, once. TELL-4 */
export function withRating<Shown extends { final: boolean; availableActions: string[] }>(
  shown: Shown,
  rated: Pick<RatingDocument, 'rating' | 'comment' | 'at'> | null,
  role: Role,
): Shown & { feedback?: z.infer<typeof ratingAnswer> } {
  if (rated) return { ...shown, feedback: presentRating(rated) };
  const mayRate = shown.final && role === 'consumer';
  return mayRate ? { ...shown, availableActions: [...shown.availableActions, 'feedback'] } : shown;
}

/** What is rated: `subject` as `case/<id>`, whether it has ended, whose it is, and who decided on the platform's behalf. */
export type Rateable = Pick<RatingDocument, 'orderId' | 'consumerId' | 'merchantId' | 'agents'> & {
  subject: string;
  ended: boolean;
};

/**
 * Takes the consumer's rating of what has ended; one stands, whoever races. The caller has judged whose subject it is. TELL-4
 * @throws Problem `not_ended` before the end, `already_rated` under another key.
 */
export async function rate(
  service: Service,
  asked: Asked<unknown, FeedbackBody>,
  route: string,
  { subject, ended, ...whose }: Rateable,
): Promise<Answer> {
  if (!ended) throw Problem.of('not_ended', 'it can be rated once it has ended');
  const commandId = await rememberOnce(service, asked, route, subject);
  const { rating, comment } = asked.body;
  const standing = await service.store.ratings.add({
    _id: subject,
    commandId,
    ...whose,
    rating,
    ...(comment === undefined ? {} : { comment }),
    at: new Date(asked.receivedAt),
  });
  if (standing.commandId !== commandId) throw Problem.of('already_rated', 'it has been rated: a rating stands');
  return { status: 201, body: presentRating(standing) };
}
