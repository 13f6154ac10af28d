import { ConsumerGroup } from "./consumer_group.ts";
import type { ConsumerGroupOptions } from "./consumer_group_types.ts";
import { Group } from "./group.ts";
import type { GroupOptions } from "./group_types.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { type Facts, forgetfulFacts } from "../storage/journal.ts";

/** What a group remembers of a partition. */
export interface Commit {
  readonly offset: number;
  readonly leaderEpoch: number;
  /** What the member wrote beside it. */
  readonly metadata: string | null;
}

/** Most groups. */
const MAX_GROUPS = 10_000;

/** Options of {@linkcode Groups}. */
export type GroupsOptions = GroupOptions & ConsumerGroupOptions;

/** All groups of a broker, and how far they came. */
export class Groups {
  readonly #options: GroupsOptions;
  readonly #groups = new Map<string, Group | ConsumerGroup>();
  readonly #commits = new Map<string, Map<string, Map<number, Commit>>>();
  readonly #facts: Facts;

  /** With what groups committed, as far as that was kept. */
  constructor(options: GroupsOptions, facts: Facts = forgetfulFacts) {
    [this.#options, this.#facts] = [options, facts];
    for (const [[, id, topic, partition], commit] of facts.entries("commit")) {
      this.#remember(`${id}`, `${topic}`, Number(partition), commit as Commit);
    }
  }

  /** All groups that have members or commits, by name. */
  get ids(): string[] {
    return [...new Set([...this.#groups.keys(), ...this.#commits.keys()])].sort();
  }

  /** The group with this id, if it is there. */
  find(id: string): Group | ConsumerGroup | undefined {
    return this.#groups.get(id);
  }

  /** The group with this id, if it is there and of the classic protocol. */
  findClassic(id: string): Group | undefined {
    const found = this.find(id);
    return found?.type === "classic" ? found : undefined;
  }

  /** The group with this id, if it is there and of KIP-848. */
  findConsumer(id: string): ConsumerGroup | undefined {
    const found = this.find(id);
    return found?.type === "consumer" ? found : undefined;
  }

  /** The classic group with this id, made if it is not there; or why there is none. */
  openClassic(id: string): Group | ErrorNumber {
    const found = this.findClassic(id);
    if (found !== undefined) return found;
    if (!this.#makeRoom(id)) return ERROR.INCONSISTENT_GROUP_PROTOCOL;
    return this.#open(id, () => new Group(id, this.#options));
  }

  /** The group of KIP-848 with this id, made if it is not there; or why there is none. */
  openConsumer(id: string): ConsumerGroup | ErrorNumber {
    const found = this.findConsumer(id);
    if (found !== undefined) return found;
    if (!this.#makeRoom(id)) return ERROR.GROUP_ID_NOT_FOUND;
    return this.#open(id, () => new ConsumerGroup(id, this.#options));
  }

  /** A group without members may change its protocol. Says whether nobody is in it. */
  #makeRoom(id: string): boolean {
    const other = this.find(id);
    if (other !== undefined && other.state !== "Empty") return false;
    other?.close();
    return true;
  }

  #open<G extends Group | ConsumerGroup>(id: string, make: () => G): G | ErrorNumber {
    if (this.#groups.size >= MAX_GROUPS) this.#sweep();
    if (this.#groups.size >= MAX_GROUPS) return ERROR.GROUP_MAX_SIZE_REACHED;
    const group = make();
    this.#groups.set(id, group);
    return group;
  }

  /** Remembers how far a group came. @throws {TinmanError} `WRITE_FAILED` */
  commit(id: string, topic: string, partition: number, commit: Commit): void {
    this.#facts.set(["commit", id, topic, partition], commit);
    this.#remember(id, topic, partition, commit);
  }

  #remember(id: string, topic: string, partition: number, commit: Commit): void {
    const topics = this.#commits.get(id) ?? new Map<string, Map<number, Commit>>();
    this.#commits.set(id, topics);
    const partitions = topics.get(topic) ?? new Map<number, Commit>();
    topics.set(topic, partitions);
    partitions.set(partition, commit);
  }

  /** What a group remembers, by topic and partition. */
  commits(id: string): ReadonlyMap<string, ReadonlyMap<number, Commit>> {
    return this.#commits.get(id) ?? new Map();
  }

  /** Forgets what groups remember of a topic. */
  forgetTopic(topic: string): void {
    for (const [id, topics] of this.#commits) {
      for (const partition of topics.get(topic)?.keys() ?? []) this.#facts.delete(["commit", id, topic, partition]);
      topics.delete(topic);
    }
  }

  /** Forgets what a group remembers of a partition. @throws {TinmanError} `WRITE_FAILED` */
  forgetCommit(id: string, topic: string, partition: number): void {
    this.#facts.delete(["commit", id, topic, partition]);
    this.#commits.get(id)?.get(topic)?.delete(partition);
  }

  /**
   * Forgets a group and all that it committed, when nobody is in it.
   *
   * @throws {TinmanError} `WRITE_FAILED`; what is not forgotten then is there, and the same may be asked again.
   */
  delete(id: string): ErrorNumber {
    if (!this.#groups.has(id) && !this.#commits.has(id)) return ERROR.GROUP_ID_NOT_FOUND;
    const group = this.#groups.get(id);
    if (group !== undefined && group.state !== "Empty") return ERROR.NON_EMPTY_GROUP;
    for (const [topic, partitions] of this.commits(id)) {
      for (const partition of partitions.keys()) this.forgetCommit(id, topic, partition);
    }
    group?.close();
    this.#groups.delete(id);
    this.#commits.delete(id);
    return ERROR.NONE;
  }

  /** Ends all groups. */
  close(): void {
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
  }

  /** Forgets groups without members. */
  #sweep(): void {
    for (const [id, { state }] of this.#groups) if (state === "Empty") this.#groups.delete(id);
  }
}
