import { isTinmanError } from "../../errors/mod.ts";
import type { Cluster } from "../cluster.ts";
import type { Groups } from "../group/groups.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { type Facts, forgetfulFacts } from "../storage/journal.ts";
import { giveUpStrays } from "./stray_transactions.ts";
import {
  advance,
  createProducer,
  fence,
  isEnding,
  isSame,
  keptOf,
  type KeptProducer,
  type PendingCommit,
  placeOf,
  type ProducerIdentity,
  restoreProducer,
  type TransactionalProducer,
  type TransactionPartition,
} from "./transactional_producer.ts";

/** Options of {@linkcode Transactions}. */
export interface TransactionsOptions {
  /** Whose partitions are written to. */
  readonly cluster: Cluster;
  /** Whose offsets are committed. */
  readonly groups: Pick<Groups, "commit">;
  /** Where what was promised is kept. @default {nowhere} */
  readonly facts?: Facts;
  /** Longest time that a transaction may ask for. @default {900000} */
  readonly maxTimeoutMs?: number;
  /** Most transactional ids; the one that began least recently and has no open transaction is forgotten. @default {10000} */
  readonly maxIds?: number;
}

/** Who a producer has become. */
export type Begun = { readonly error: ErrorNumber } & Partial<ProducerIdentity>;

/** After so long it is tried again to put down a marker. */
const RETRY_MS = 1000;

/**
 * The coordinator of transactions: who each transactional id is, which partitions and offsets belong to its transaction,
 * and how that ends. Partitions keep the records; here is what ties them together. What it answers it has kept before, so
 * its methods may throw `WRITE_FAILED`; then the same may be asked again. Source: KIP-98, KIP-360.
 */
export class Transactions {
  readonly #options: Required<TransactionsOptions>;
  readonly #producers = new Map<string, TransactionalProducer>();
  /** How many transactions are to commit an offset, by `topic/index/group`. */
  readonly #pending = new Map<string, number>();
  #stopTimer = () => {};

  /** With what was kept; {@linkcode Transactions.resume} lets its time go on. */
  constructor(options: TransactionsOptions) {
    this.#options = { maxTimeoutMs: 900_000, maxIds: 10_000, facts: forgetfulFacts, ...options };
    for (const [[, id], kept] of this.#options.facts.entries("transaction")) {
      const producer = restoreProducer(`${id}`, kept as KeptProducer);
      this.#producers.set(producer.id, producer);
      for (const [group, commits] of producer.commits) {
        for (const place of commits.keys()) this.#count(`${place}/${group}`, 1);
      }
    }
  }

  /** All transactional ids that are known. */
  get all(): Iterable<Readonly<TransactionalProducer>> {
    return this.#producers.values();
  }

  /** What is known of a transactional id. */
  find(id: string): Readonly<TransactionalProducer> | undefined {
    return this.#producers.get(id);
  }

  /**
   * A producer begins, for the first time or anew: whoever was it before is shut out, and what that one left open is given
   * up. With `claim` only the one who is the producer now may do that.
   */
  begin(id: string, { timeoutMs, claim }: {
    readonly timeoutMs: number;
    readonly claim: ProducerIdentity | undefined;
  }): Begun {
    const { cluster, maxTimeoutMs } = this.#options;
    if (id === "") return { error: ERROR.INVALID_REQUEST };
    if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) return { error: ERROR.INVALID_TRANSACTION_TIMEOUT };
    const producer = this.#producers.get(id) ?? createProducer(id, cluster.nextProducerId());
    if (producer.epoch >= 0 && claim !== undefined && !isSame(claim, producer)) {
      if (!isSame(claim, producer.before)) return { error: ERROR.PRODUCER_FENCED };
      return { error: ERROR.NONE, producerId: producer.producerId, epoch: producer.epoch };
    }
    // What it was elsewhere is nothing here.
    const own = producer.epoch >= 0 ? claim : undefined;
    if (!this.#producers.has(id) && !this.#makeRoom()) return { error: ERROR.COORDINATOR_NOT_AVAILABLE };
    if (producer.state === "Ongoing") {
      fence(producer);
      this.#decide(producer, "PrepareAbort");
    }
    if (isEnding(producer)) return { error: ERROR.CONCURRENT_TRANSACTIONS };
    advance(producer, own, () => cluster.nextProducerId());
    [producer.state, producer.timeoutMs] = ["Empty", timeoutMs];
    this.#keep(producer);
    // Put in anew, so that those who began least recently come first.
    this.#producers.delete(id);
    this.#producers.set(id, producer);
    return { error: ERROR.NONE, producerId: producer.producerId, epoch: producer.epoch };
  }

  /** Takes partitions into the transaction, which begins with the first. They are there. */
  addPartitions(id: string, identity: ProducerIdentity, partitions: readonly TransactionPartition[]): ErrorNumber {
    const producer = this.#check(id, identity);
    if (typeof producer === "number") return producer;
    this.#open(producer);
    for (const { topic, index } of partitions) producer.partitions.set(placeOf({ topic, index }), { topic, index });
    this.#keep(producer);
    return ERROR.NONE;
  }

  /** Takes the offsets of a group into the transaction. */
  addGroup(id: string, identity: ProducerIdentity, group: string): ErrorNumber {
    const producer = this.#check(id, identity);
    if (typeof producer === "number") return producer;
    this.#open(producer);
    if (!producer.commits.has(group)) producer.commits.set(group, new Map());
    this.#keep(producer);
    return ERROR.NONE;
  }

  /** Whether a producer may commit offsets of a group in its transaction. */
  checkGroup(id: string, identity: ProducerIdentity, group: string): ErrorNumber {
    const producer = this.#check(id, identity);
    if (producer === ERROR.PRODUCER_FENCED) return ERROR.INVALID_PRODUCER_EPOCH;
    if (typeof producer === "number") return producer;
    return producer.state === "Ongoing" && producer.commits.has(group) ? ERROR.NONE : ERROR.INVALID_TXN_STATE;
  }

  /** Commits offsets of a group, which was checked, when the transaction commits. */
  commit(id: string, group: string, pending: readonly PendingCommit[]): void {
    const producer = this.#producers.get(id)!;
    const commits = producer.commits.get(group)!;
    for (const each of pending) {
      const place = placeOf(each);
      if (!commits.has(place)) this.#count(`${place}/${group}`, 1);
      commits.set(place, each);
    }
    this.#keep(producer);
  }

  /** Whether an offset of a group may change when a transaction ends that is open. */
  isPending(group: string, partition: TransactionPartition): boolean {
    return this.#pending.has(`${placeOf(partition)}/${group}`);
  }

  /** Whether a producer may write to a partition as part of its transaction. */
  checkProduce(id: string | null, identity: ProducerIdentity, partition: TransactionPartition): ErrorNumber {
    if (id === null) return ERROR.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    const producer = this.#producers.get(id);
    if (producer?.producerId !== identity.producerId) return ERROR.INVALID_PRODUCER_ID_MAPPING;
    if (producer.epoch !== identity.epoch) return ERROR.INVALID_PRODUCER_EPOCH;
    const isIn = producer.state === "Ongoing" && producer.partitions.has(placeOf(partition));
    return isIn ? ERROR.NONE : ERROR.INVALID_TXN_STATE;
  }

  /** Ends a transaction. Saying the same again changes nothing. */
  end(id: string, identity: ProducerIdentity, isCommit: boolean): ErrorNumber {
    const producer = this.#check(id, identity);
    if (typeof producer === "number") return producer;
    if (producer.state === (isCommit ? "CompleteCommit" : "CompleteAbort")) return ERROR.NONE;
    if (producer.state !== "Ongoing") return ERROR.INVALID_TXN_STATE;
    this.#decide(producer, isCommit ? "PrepareCommit" : "PrepareAbort");
    // Who asks again learns when it is done.
    return isEnding(producer) ? ERROR.CONCURRENT_TRANSACTIONS : ERROR.NONE;
  }

  /** Stops the time of open transactions, which stay as they are. */
  pause(): void {
    this.#stopTimer();
    for (const producer of this.#producers.values()) producer.stopTimer();
  }

  /** Lets it go on, also after a restart. */
  resume(): void {
    try {
      giveUpStrays(this.#options.cluster, this.#producers.values());
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
      this.#stopTimer = this.#after(RETRY_MS, () => this.resume());
    }
    for (const producer of this.#producers.values()) {
      if (producer.state === "Ongoing") this.#limit(producer);
      else if (isEnding(producer)) this.#finish(producer);
    }
  }

  /** The producer, if it is the one that it says, and nothing of it is under way. */
  #check(id: string, identity: ProducerIdentity): TransactionalProducer | ErrorNumber {
    if (id === "") return ERROR.INVALID_REQUEST;
    const producer = this.#producers.get(id);
    if (producer?.producerId !== identity.producerId) return ERROR.INVALID_PRODUCER_ID_MAPPING;
    if (producer.epoch !== identity.epoch) return ERROR.PRODUCER_FENCED;
    return isEnding(producer) ? ERROR.CONCURRENT_TRANSACTIONS : producer;
  }

  #open(producer: TransactionalProducer): void {
    if (producer.state === "Ongoing") return;
    [producer.state, producer.startedMs] = ["Ongoing", this.#nowMs()];
    this.#limit(producer);
  }

  /** Gives a transaction up when its time is over. */
  #limit(producer: TransactionalProducer): void {
    producer.stopTimer();
    producer.stopTimer = this.#after(producer.startedMs + producer.timeoutMs - this.#nowMs(), () => {
      fence(producer);
      this.#decide(producer, "PrepareAbort");
    });
  }

  /** From here on there is no way back: it is put down in each partition, however often that has to be tried. */
  #decide(producer: TransactionalProducer, state: "PrepareCommit" | "PrepareAbort"): void {
    producer.state = state;
    this.#finish(producer);
  }

  #finish(producer: TransactionalProducer): void {
    const { cluster } = this.#options;
    const isCommit = producer.state === "PrepareCommit";
    producer.stopTimer();
    try {
      this.#keep(producer);
      for (const [where, { topic, index }] of producer.partitions) {
        // A topic may have been deleted in the meantime.
        cluster.topic(topic)?.partitions[index]?.mark({ ...producer, isCommit }, this.#nowMs());
        producer.partitions.delete(where);
      }
      for (const [group, commits] of producer.commits) this.#settle(producer, group, [commits, isCommit]);
      const ended = { state: isCommit ? "CompleteCommit" : "CompleteAbort", startedMs: -1 } as const;
      this.#keep({ ...producer, ...ended });
      Object.assign(producer, ended);
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
      producer.stopTimer = this.#after(RETRY_MS, () => this.#finish(producer));
    }
  }

  #settle(
    producer: TransactionalProducer,
    group: string,
    [commits, isCommit]: readonly [ReadonlyMap<string, PendingCommit>, boolean],
  ): void {
    const { cluster, groups } = this.#options;
    for (const { topic, index, ...commit } of commits.values()) {
      if (isCommit && cluster.topic(topic)?.partitions[index] !== undefined) groups.commit(group, topic, index, commit);
    }
    for (const where of commits.keys()) this.#count(`${where}/${group}`, -1);
    producer.commits.delete(group);
  }

  #count(where: string, by: 1 | -1): void {
    const count = (this.#pending.get(where) ?? 0) + by;
    if (count > 0) this.#pending.set(where, count);
    else this.#pending.delete(where);
  }

  #makeRoom(): boolean {
    const { maxIds } = this.#options;
    if (this.#producers.size < maxIds) return true;
    for (const { id, state } of this.#producers.values()) {
      if (state === "Ongoing" || isEnding({ state })) continue;
      this.#options.facts.delete(["transaction", id]);
      return this.#producers.delete(id);
    }
    return false;
  }

  #keep(producer: TransactionalProducer): void {
    this.#options.facts.set(["transaction", producer.id], keptOf(producer));
  }

  #after(ms: number, wake: () => void): () => void {
    const { clock } = this.#options.cluster;
    return clock.at(clock.elapsedNs() + Math.max(0, ms) * 1e6, wake);
  }

  #nowMs(): number {
    return Number(this.#options.cluster.clock.now() / 1_000_000n);
  }
}
