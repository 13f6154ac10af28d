import { ASSIGNORS } from "./consumer_group_assignors.ts";
import type { ConsumerMember } from "./consumer_group_member.ts";
import { NO_PARTITIONS, type Partitions } from "./consumer_group_partitions.ts";
import type { ConsumerGroupOptions, KnownTopic } from "./consumer_group_types.ts";
import { TopicPattern } from "./topic_pattern.ts";

const DEFAULT_ASSIGNOR = [...ASSIGNORS.keys()][0]!;

/** How the partitions of a group should be shared: made anew when members, what they want, or topics have changed. */
export class ConsumerGroupTarget {
  /** The number of this sharing. */
  epoch = 0;
  /** Who made it. */
  assignor: string = DEFAULT_ASSIGNOR;
  readonly #options: ConsumerGroupOptions;
  #parts: ReadonlyMap<string, Partitions> = new Map();
  #hasChanged = false;
  /** The topics that are shared, with how many partitions they had. */
  #shared = "";
  #lookedAtNs = -Infinity;

  /** Nothing is shared yet. */
  constructor(options: ConsumerGroupOptions) {
    this.#options = options;
  }

  /** The part of a member. */
  of(member: string): Partitions {
    return this.#parts.get(member) ?? NO_PARTITIONS;
  }

  /** The members or what they want have changed. */
  change(): void {
    this.#hasChanged = true;
  }

  /** A member has another id. */
  rename(before: string, id: string): void {
    this.#parts = new Map([...this.#parts].map(([each, part]) => [each === before ? id : each, part]));
  }

  /** Shares anew where something has changed. Topics are looked at once in the time of a heartbeat. */
  refresh(members: readonly ConsumerMember[]): void {
    const { clock, heartbeatMs } = this.#options;
    const nowNs = clock.elapsedNs();
    if (!this.#hasChanged && nowNs < this.#lookedAtNs + heartbeatMs * 1e6) return;
    this.#lookedAtNs = nowNs;
    const wanted = this.#resolve(members);
    const topics = new Map(
      [...wanted.values()].flat().map(({ id, partitions }): [string, number] => [id, partitions.length]),
    );
    const shared = JSON.stringify([...topics].sort(([a], [b]) => a < b ? -1 : 1));
    if (!this.#hasChanged && shared === this.#shared) return;
    [this.#hasChanged, this.#shared] = [false, shared];
    this.epoch++;
    this.assignor = elect(members);
    // Static members keep their place in this order whatever their id is.
    const placeOf = ({ instanceId, id }: ConsumerMember) => instanceId ?? id;
    const inOrder = members.toSorted((a, b) => placeOf(a) < placeOf(b) ? -1 : 1);
    this.#parts = ASSIGNORS.get(this.assignor)!({
      members: inOrder.map(({ id }) => ({ id, topics: new Set(wanted.get(id)!.map((topic) => topic.id)) })),
      topics,
      before: this.#parts,
    });
  }

  /** What each member wants, as far as it is there. */
  #resolve(members: readonly ConsumerMember[]): Map<string, KnownTopic[]> {
    const { topics } = this.#options;
    const byPattern = new Map<string | null, readonly string[]>([[null, []]]);
    const matching = (pattern: string | null) => {
      let found = byPattern.get(pattern);
      if (found === undefined) {
        const compiled = new TopicPattern(pattern!);
        found = topics.topics.map(({ name }) => name).filter((name) => compiled.matches(name));
        byPattern.set(pattern, found);
      }
      return found;
    };
    return new Map(members.map((member) => {
      const names = new Set([...member.topics, ...matching(member.pattern)]);
      return [member.id, [...names].map((name) => topics.topic(name)).filter((topic) => topic !== undefined)];
    }));
  }
}

/** The assignor that most members ask for. */
function elect(members: readonly ConsumerMember[]): string {
  const votes = Map.groupBy(members.filter(({ assignor }) => assignor !== null), ({ assignor }) => assignor!);
  const [[name] = [DEFAULT_ASSIGNOR]] = [...votes].sort(([, a], [, b]) => b.length - a.length);
  return name;
}
