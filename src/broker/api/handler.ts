import type { Cluster } from "../cluster.ts";
import type { FetchSessions } from "../connection/fetch_sessions.ts";
import type { Groups } from "../group/groups.ts";
import type { Api, Loose } from "../protocol/api.ts";
import type { Login } from "../connection/sasl.ts";
import type { Transactions } from "../transaction/transactions.ts";

/** What a handler works with besides its request. */
export interface RequestContext {
  /** All topics. */
  readonly cluster: Cluster;
  /** All groups. */
  readonly groups: Groups;
  /** All transactions. */
  readonly transactions: Transactions;
  /** What clients fetch again and again. */
  readonly fetchSessions: FetchSessions;
  /** What clients are told to connect to. */
  readonly address: { readonly host: string; readonly port: number };
  /** The keys and versions that are served. */
  readonly served: readonly Api[];
  /** The version of this request. */
  readonly version: number;
  /** What the client calls itself. */
  readonly client: string;
  /** How far the connection is with its login. */
  readonly login: Login;
  /** Where the client is, as tools are told: `/127.0.0.1`. */
  readonly host: string;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
  /** Longest content of one compressed batch. */
  readonly maxContentBytes: number;
  /** How many bytes an answer may carry now, and who is told at once how many were read for it. */
  readonly turn: { readonly answerRoom: number; holds(bytes: number): void };
}

/** Answers one kind of request. */
export interface ApiHandler {
  /** Which. */
  readonly api: Api;
  /** The answer; nothing where the client wants none. */
  handle(request: unknown, context: RequestContext): unknown;
}

/** Types a handler. */
export function defineHandler<Request, Response>(
  api: Api<Request, Response>,
  handle: (
    request: Request,
    context: RequestContext,
  ) => Loose<Response> | undefined | Promise<Loose<Response> | undefined>,
): ApiHandler {
  return { api: api as unknown as Api, handle: (request, context) => handle(request as Request, context) };
}
