import type { Random } from "../../random/mod.ts";
import type { fetchApi } from "../protocol/01_fetch.ts";
import type { RequestOf } from "../protocol/api.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";

/** One partition that a fetch asks for. Its topic has a name or an id, never both. */
export interface FetchedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly partitionMaxBytes: number;
}

/** What is found in a partition. */
export interface PartitionNews {
  readonly errorCode: ErrorNumber;
  readonly highWatermark: number;
  readonly logStartOffset?: number;
  readonly records: Uint8Array;
}

/** A partition and what is found in it. */
export interface Answered {
  readonly of: FetchedPartition;
  readonly answer: PartitionNews;
}

/** One fetch: of what its request names, or of what its session knows. */
export interface FetchContext {
  /** All that is to be looked at. */
  readonly wanted: readonly FetchedPartition[];
  /** Which of the answers are told, and in which session. Called once. */
  finish<T extends Answered>(answers: readonly T[]): ErrorNumber | {
    readonly sessionId: number;
    readonly answers: readonly T[];
  };
}

/** Options of {@linkcode FetchSessions}. */
export interface FetchSessionsOptions {
  /** Names sessions. Whoever guesses a number can disturb that session, as in Kafka. */
  readonly random: Random;
  /** Most sessions. @default {1000} */
  readonly maxSessions?: number;
  /** Most partitions in all sessions together. @default {100000} */
  readonly maxPartitions?: number;
}

/** The request, as far as sessions go. */
export type SessionRequest = Pick<
  RequestOf<typeof fetchApi>,
  "sessionId" | "sessionEpoch" | "topics" | "forgottenTopics"
>;

/** Longest name of a topic. Longer ones are asked for without a session, which would have to keep them. */
const MAX_NAME = 249;
/** Begins a session, or says that none is wanted from here on. */
const [FIRST_EPOCH, LAST_EPOCH] = [0, -1];
const MAX_INT32 = 2 ** 31 - 1;

/**
 * Fetch sessions (KIP-227): a client names its partitions once, then only those that change, and is told of those with
 * news. A session belongs to no connection. When there are too many, the one that was used least recently is forgotten:
 * its client is told so and begins another one.
 */
export class FetchSessions {
  readonly #options: Required<FetchSessionsOptions>;
  /** By id; those used last come last. */
  readonly #sessions = new Map<number, Session>();
  #partitions = 0;

  /** Without a session. */
  constructor(options: FetchSessionsOptions) {
    this.#options = { maxSessions: 1000, maxPartitions: 100_000, ...options };
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** What a request asks for, or why it is refused. `byId`: whether it speaks of topics by their ids. */
  begin(request: SessionRequest, byId: boolean): FetchContext | ErrorNumber {
    const { sessionId, sessionEpoch } = request;
    const isSmall = request.topics.every(({ topic }) => topic.length <= MAX_NAME);
    if (sessionEpoch === FIRST_EPOCH || sessionEpoch === LAST_EPOCH) {
      this.#forget(sessionId);
      return this.#full(namedIn(request), { byId, isKept: isSmall && sessionEpoch === FIRST_EPOCH });
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return ERROR.FETCH_SESSION_ID_NOT_FOUND;
    if (session.epoch !== sessionEpoch) return ERROR.INVALID_FETCH_SESSION_EPOCH;
    if (session.byId !== byId) return ERROR.FETCH_SESSION_TOPIC_ID_ERROR;
    if (!isSmall) {
      this.#forget(sessionId);
      return ERROR.FETCH_SESSION_ID_NOT_FOUND;
    }
    this.#partitions += session.update(request);
    if (session.size === 0) {
      this.#forget(sessionId);
      return this.#full([], { byId, isKept: false });
    }
    if (!this.#makeRoom(session)) return ERROR.FETCH_SESSION_ID_NOT_FOUND;
    session.epoch = sessionEpoch === MAX_INT32 ? 1 : sessionEpoch + 1;
    return this.#incremental(session);
  }

  #full(wanted: readonly FetchedPartition[], { byId, isKept }: {
    readonly byId: boolean;
    readonly isKept: boolean;
  }): FetchContext {
    return {
      wanted,
      finish: (answers) => ({ sessionId: isKept && wanted.length > 0 ? this.#open(answers, byId) : 0, answers }),
    };
  }

  #incremental(session: Session): FetchContext {
    const { epoch } = session;
    return {
      wanted: session.wanted,
      finish(answers) {
        // Somebody else went on with the session while this one waited.
        if (session.epoch !== epoch) return ERROR.INVALID_FETCH_SESSION_EPOCH;
        return { sessionId: session.id, answers: answers.filter((each) => session.isNews(each)) };
      },
    };
  }

  /** The id of a new session; 0 when it would be too large. */
  #open(answers: readonly Answered[], byId: boolean): number {
    let id: number;
    do id = 1 + this.#options.random.int(MAX_INT32); while (this.#sessions.has(id));
    const session = new Session(id, byId);
    for (const { of } of answers) session.add(of);
    for (const each of answers) session.isNews(each);
    this.#sessions.set(id, session);
    this.#partitions += session.size;
    return this.#makeRoom(session) ? id : 0;
  }

  /** Takes note that a session is used, and forgets others if need be. Says whether it fits at all. */
  #makeRoom(session: Session): boolean {
    const { maxSessions, maxPartitions } = this.#options;
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
    if (session.size > maxPartitions) this.#forget(session.id);
    for (const id of this.#sessions.keys()) {
      if (this.#sessions.size <= maxSessions && this.#partitions <= maxPartitions) break;
      this.#forget(id);
    }
    return this.#sessions.has(session.id);
  }

  #forget(id: number): void {
    this.#partitions -= this.#sessions.get(id)?.size ?? 0;
    this.#sessions.delete(id);
  }
}

interface Told extends FetchedPartition {
  highWatermark: number;
  logStartOffset: number;
}

/** What one client asks for, and was told of it. */
class Session {
  readonly id: number;
  /** Whether it speaks of topics by their ids. */
  readonly byId: boolean;
  /** Of the next request. */
  epoch = 1;
  /** Those with records last come last, so that each has its turn where an answer cannot hold all. */
  readonly #partitions = new Map<string, Told>();

  constructor(id: number, byId: boolean) {
    [this.id, this.byId] = [id, byId];
  }

  get size(): number {
    return this.#partitions.size;
  }

  get wanted(): readonly FetchedPartition[] {
    return [...this.#partitions.values()];
  }

  /** Does what a request says, and says by how much that made it larger. */
  update(request: SessionRequest): number {
    const before = this.size;
    for (const each of namedIn(request)) this.add(each);
    for (const { topic, topicId, partitions } of request.forgottenTopics) {
      for (const partition of partitions) this.#partitions.delete(keyOf({ topic, topicId, partition }));
    }
    return this.size - before;
  }

  add(asked: FetchedPartition): void {
    const key = keyOf(asked);
    const { highWatermark, logStartOffset } = this.#partitions.get(key) ?? { highWatermark: -1, logStartOffset: -1 };
    this.#partitions.set(key, { ...asked, highWatermark, logStartOffset });
  }

  /** Whether the client is to be told; from here on it counts as told. */
  isNews({ of, answer }: Answered): boolean {
    const { errorCode, highWatermark, logStartOffset = -1, records } = answer;
    const key = keyOf(of);
    const told = this.#partitions.get(key);
    if (told === undefined) return true;
    const hasMoved = highWatermark !== told.highWatermark || logStartOffset !== told.logStartOffset;
    const hasFailed = errorCode !== ERROR.NONE;
    // Behind an error all is told anew.
    [told.highWatermark, told.logStartOffset] = [hasFailed ? -1 : highWatermark, logStartOffset];
    if (records.length > 0) {
      this.#partitions.delete(key);
      this.#partitions.set(key, told);
    }
    return hasMoved || hasFailed || records.length > 0;
  }
}

function namedIn({ topics }: SessionRequest): FetchedPartition[] {
  return topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map(({ partition, fetchOffset, partitionMaxBytes }) => ({
      topic,
      topicId,
      partition,
      fetchOffset,
      partitionMaxBytes,
    }))
  );
}

function keyOf({ topic, topicId, partition }: Pick<FetchedPartition, "topic" | "topicId" | "partition">): string {
  return `${topicId}${topic}/${partition}`;
}
