import { indexOf, type PartitionKey, type Partitions, topicOf } from "./consumer_group_partitions.ts";

/** What is to be shared, and among whom. */
export interface Sharing {
  /** Members with the ids of the topics that they want, in an order that stays. */
  readonly members: readonly { readonly id: string; readonly topics: ReadonlySet<string> }[];
  /** How many partitions each topic has, by its id. */
  readonly topics: ReadonlyMap<string, number>;
  /** How it was shared before, by member. */
  readonly before: ReadonlyMap<string, Partitions>;
}

/** Gives each partition to one of the members that want its topic. */
export type Assignor = (sharing: Sharing) => Map<string, Set<PartitionKey>>;

/** Neighbouring partitions of each topic to each member; the first members have one more where it does not come out even. */
export const range: Assignor = ({ members, topics }) => {
  const parts = new Map(members.map(({ id }) => [id, new Set<PartitionKey>()]));
  for (const [topic, count] of topics) {
    const wanting = members.filter((member) => member.topics.has(topic));
    for (const [i, { id }] of wanting.entries()) {
      const [each, rest] = [Math.floor(count / wanting.length), count % wanting.length];
      const from = i * each + Math.min(i, rest);
      for (let p = from; p < from + each + (i < rest ? 1 : 0); p++) parts.get(id)!.add(`${topic}:${p}`);
    }
  }
  return parts;
};

/**
 * As many partitions to each member as can be: no way of passing partitions on would make any two more equal. What a
 * member has it keeps, as far as that goes with it. Source: "Semi-matchings for bipartite graphs and load balancing"
 * (Harvey, Ladner, Lovász, Tamir), whose paths end at the optimum.
 */
export const uniform: Assignor = ({ members, topics, before }) => {
  const wanting = new Map(
    [...topics.keys()].map((topic) => [topic, members.filter((member) => member.topics.has(topic))]),
  );
  const parts = new Map(members.map(({ id }) => [id, new Set<PartitionKey>()]));
  const given = new Set<PartitionKey>();
  for (const member of members) {
    for (const key of before.get(member.id) ?? []) {
      const topic = topicOf(key);
      if (!member.topics.has(topic) || indexOf(key) >= (topics.get(topic) ?? 0) || given.has(key)) continue;
      parts.get(member.id)!.add(key);
      given.add(key);
    }
  }
  // Topics that few want first: those that many want fill up what is left.
  for (const [topic, takers] of [...wanting].sort(([, a], [, b]) => a.length - b.length)) {
    if (takers.length === 0) continue;
    for (let p = 0; p < topics.get(topic)!; p++) {
      if (given.has(`${topic}:${p}`)) continue;
      const { id } = takers.reduce((least, each) =>
        parts.get(each.id)!.size < parts.get(least.id)!.size ? each : least
      );
      parts.get(id)!.add(`${topic}:${p}`);
    }
  }
  while (evenOut(parts, wanting));
  return parts;
};

/** By the names that clients ask for; the first is taken when nobody asks. */
export const ASSIGNORS: ReadonlyMap<string, Assignor> = new Map([["uniform", uniform], ["range", range]]);

/** One member passes a partition on, perhaps over others, to one that has at least two less. Says whether that was possible. */
function evenOut(
  parts: ReadonlyMap<string, Set<PartitionKey>>,
  wanting: ReadonlyMap<string, readonly { readonly id: string }[]>,
): boolean {
  const load = (id: string) => parts.get(id)!.size;
  const hopeless = new Set<string>();
  for (const from of [...parts.keys()].sort((a, b) => load(b) - load(a))) {
    if (hopeless.has(from)) continue;
    /** Who was reached from whom, with which partition. */
    const reached = new Map<string, { readonly by: string; readonly key: PartitionKey } | undefined>([[
      from,
      undefined,
    ]]);
    const topics = new Set<string>();
    for (const [id] of reached) {
      if (load(id) <= load(from) - 2) {
        for (let to = id, step = reached.get(to); step !== undefined; to = step.by, step = reached.get(to)) {
          parts.get(step.by)!.delete(step.key);
          parts.get(to)!.add(step.key);
        }
        return true;
      }
      for (const key of parts.get(id)!) {
        const topic = topicOf(key);
        if (topics.has(topic)) continue;
        topics.add(topic);
        for (const next of wanting.get(topic)!) if (!reached.has(next.id)) reached.set(next.id, { by: id, key });
      }
    }
    // Whoever has no more than this one and was reached from it comes no further.
    for (const id of reached.keys()) hopeless.add(id);
  }
  return false;
}
