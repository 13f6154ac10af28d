import type { GroupOffset, KafkaQueueClient, QueueRecord } from "../../broker/mod.ts";
import type { Clock } from "../../clock/mod.ts";
import type { BrokerGroup, BrokerPartition, BrokerParts, BrokerState, BrokerTopic } from "../../telemetry/mod.ts";

/** How long an answer is good for everybody who looks. */
const FRESH_NS = 1_000_000_000n;
/** Settings change when somebody changes them. */
const SETTINGS_NS = 10_000_000_000n;
/** What one look asks for; of the rest it says how much there is. */
export const MAX_TOPICS = 500;
/** Partitions, all together; those behind it are listed without numbers. */
export const MAX_PARTITIONS = 2000;
const MAX_GROUPS = 200;

type Retention = Pick<BrokerTopic, "retentionMs" | "retentionBytes" | "cleanup">;

/** Looks at a broker through a client like any other, and once for all who look. */
export function brokerParts(client: KafkaQueueClient, clock: Clock): BrokerParts {
  const retentions = new Map<string, { readonly atNs: bigint; readonly retention: Retention }>();
  let looked: { readonly atNs: bigint; readonly state: Promise<BrokerState> } | undefined;
  let known: BrokerState = { topics: [], groups: [], more: { topics: 0, groups: 0 } };

  async function retentionOf(topic: string): Promise<Retention> {
    const kept = retentions.get(topic);
    if (kept !== undefined && clock.now() - kept.atNs < SETTINGS_NS) return kept.retention;
    const settings = new Map((await client.admin.settings(topic)).map(({ name, value }) => [name, value]));
    const number = (name: string) => settings.get(name) == null ? undefined : Number(settings.get(name));
    const found = {
      retentionMs: number("retention.ms"),
      retentionBytes: number("retention.bytes"),
      cleanup: settings.get("cleanup.policy") ?? undefined,
    };
    const retention = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
    retentions.set(topic, { atNs: clock.now(), retention });
    return retention;
  }

  async function lookAtTopic(
    { name, partitions, isCounted }: { name: string; partitions: number; isCounted: boolean },
    sizes: ReadonlyMap<string, readonly number[]>,
  ): Promise<BrokerTopic> {
    const all = Array.from({ length: partitions }, async (_, id): Promise<BrokerPartition> => {
      const bytes = sizes.get(name)?.[id];
      const size = bytes === undefined ? {} : { bytes };
      if (!isCounted) return { id, ...size };
      try {
        return { id, ...size, ...await client.offsets(name, { partition: id }) };
      } catch (error) {
        return { id, ...size, problem: messageOf(error) };
      }
    });
    const retention = isCounted ? await retentionOf(name).catch(() => ({})) : {};
    return { name, partitions: await Promise.all(all), ...retention };
  }

  async function lookAtGroup(id: string, topics: readonly BrokerTopic[]): Promise<BrokerGroup> {
    try {
      const [{ state, protocol, members }, offsets] = await Promise.all([
        client.admin.group(id),
        client.admin.groupOffsets(id),
      ]);
      return { id, state, protocol, members, offsets: offsets.map((each) => lagOf(each, topics)) };
    } catch (error) {
      return { id, members: [], offsets: [], problem: messageOf(error) };
    }
  }

  async function look(): Promise<BrokerState> {
    try {
      const [listed, sizes, ids] = await Promise.all([
        client.topics(),
        // Not every broker says how large things are.
        client.admin.sizes().catch(() => new Map<string, number[]>()),
        client.admin.groups(),
      ]);
      let left = MAX_PARTITIONS;
      const shown = listed.slice(0, MAX_TOPICS).map((each) => ({ ...each, isCounted: (left -= each.partitions) >= 0 }));
      for (const topic of retentions.keys()) if (!listed.some(({ name }) => name === topic)) retentions.delete(topic);
      const topics = await Promise.all(shown.map((each) => lookAtTopic(each, sizes)));
      const groups = await Promise.all(ids.slice(0, MAX_GROUPS).map((id) => lookAtGroup(id, topics)));
      const more = { topics: listed.length - topics.length, groups: ids.length - groups.length };
      return known = { topics, groups, more };
    } catch (error) {
      return { ...known, problem: messageOf(error) };
    }
  }

  return {
    look() {
      const nowNs = clock.now();
      if (looked === undefined || nowNs - looked.atNs >= FRESH_NS || nowNs < looked.atNs) {
        looked = { atNs: nowNs, state: look() };
      }
      return looked.state;
    },
    settings: (topic) => client.admin.settings(topic),
    offsets: (topic, partition) => client.offsets(topic, { partition }),
    produce: async (topic, { partition, ...record }) => {
      const position = await client.produce(topic, record, { partition });
      looked = undefined;
      return position;
    },
    async records(topic, { partition, from, limit }) {
      const found: QueueRecord[] = [];
      let offset = from;
      while (found.length < limit) {
        const part = await client.fetch(topic, { partition, offset, maxRecords: limit - found.length, waitMs: 0 });
        if (part.length === 0) break;
        found.push(...part);
        offset = part.at(-1)!.offset + 1;
      }
      return found;
    },
  };
}

/** A group that committed before the oldest record that is left has lost what lay between: that is not behind. */
export function lagOf({ topic, partition, offset }: GroupOffset, topics: readonly BrokerTopic[]) {
  const found = topics.find(({ name }) => name === topic)?.partitions.find(({ id }) => id === partition);
  const { earliest, latest } = found ?? {};
  const lag = earliest === undefined || latest === undefined
    ? {}
    : { lag: Math.max(0, latest - Math.max(offset, earliest)) };
  return { topic, partition, committed: offset, ...lag };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
