import type { z } from 'zod';
import type { Role } from '../domain/parties.ts';
import type { Caller } from './authentication.ts';
import type { Service } from './context.ts';

/** Under which ids a request can be found in the other logs, and in Temporal; `subject` as `case/<id>`. */
export type About = { commandId?: string; subject?: string; traceId?: string };

/** A request that may be made and is well formed. */
export type Asked<Query, Body> = {
  caller: Caller;
  params: Record<string, string>;
  query: Query;
  body: Body;
  /** When it had arrived in full: UTC ms by our own clock. */
  receivedAt: number;
  /** Empty where the method takes none. */
  idempotencyKey: string;
  /** Filled in as the request's command becomes known, for its log line. */
  about: About;
  /** The version that `If-Match` names. */
  expectedVersion?: number;
};

/** An answer; `version` becomes the ETag, with `revision` where the answer has changed beside the version. */
export type Answer = {
  status?: 200 | 201 | 202;
  body: unknown;
  version?: number;
  revision?: string;
  location?: string;
};

/** A route as it is declared: who may, what it takes, what it answers. Also what the documentation is made from. */
export type RouteOf<Query, Body> = {
  method: 'get' | 'post' | 'put';
  /** With parameters as `:id`. */
  path: string;
  summary: string;
  tag: string;
  roles: readonly Role[];
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** 200 unless something is created. */
  status?: 200 | 201;
  answer: z.ZodType;
  /** May answer 202, when its outcome takes longer than anybody should wait. */
  command?: boolean;
  /** Its answers have a version, and may be asked for by `If-None-Match`. */
  versioned?: boolean;
  /** Codes with which it refuses, beside those of every route. */
  refuses?: readonly string[];
  answers: (service: Service, asked: Asked<Query, Body>) => Promise<Answer>;
};

/** Any route, for tables of them. */
export type Route = RouteOf<unknown, unknown>;

/** Declares a route; what its schemas say is what `answers` gets. */
export const route = <Query = undefined, Body = undefined>(declared: RouteOf<Query, Body>): Route =>
  declared as unknown as Route;
