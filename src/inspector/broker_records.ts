import type { BrokerParts, BrokerRecord, Observed } from "../telemetry/mod.ts";
import { toTree, type TreeLimits } from "./tree.ts";

/** A record as a list tells it. */
export interface RecordRow {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** Bytes of key and value. */
  readonly size: number;
  /** Made by `toTree()`, as all values; undefined for a record without a key. */
  readonly key?: unknown;
  /** Undefined for a record that says that what its key names is gone, and where there is a problem. */
  readonly value?: unknown;
  readonly problem?: string;
  readonly headers: readonly { readonly name: string; readonly value?: unknown }[];
}

/** Records of a topic, and where to go on. */
export interface RecordList {
  /** Oldest first. */
  readonly rows: readonly RecordRow[];
  /** What the newest of the next answer come after, as `PARTITION:OFFSET,…`. */
  readonly next: string;
  /** What older ones come before; undefined when there are none. */
  readonly before?: string;
  /** Records that came since `next` and are not told: there are too many. */
  readonly skipped: number;
  /** Partitions that did not answer, and why. */
  readonly problems: readonly string[];
}

/** Which records. */
export interface ListOptions {
  readonly topic: string;
  readonly partitions: readonly number[];
  /** Most rows. */
  readonly limit: number;
  /** Offsets to go on from. */
  readonly next?: ReadonlyMap<number, number>;
  /** Offsets that are too new. */
  readonly before?: ReadonlyMap<number, number>;
  readonly match: ((value: unknown) => boolean) | undefined;
}

const LIST_LIMITS: TreeLimits = { maxItems: 500, maxText: 1024 };
/** Larger ones are decoded when somebody looks at one. */
const DECODED_BYTES = 2 ** 20;
/** Records of a partition that one answer looks at where there is a filter. */
const MAX_LOOKED = 2000;

/** Lists records of several partitions in the order of their times. */
export async function listRecords(
  { observed, broker }: { readonly observed: Observed; readonly broker: BrokerParts },
  { topic, partitions, limit, next, before, match }: ListOptions,
): Promise<RecordList> {
  const looked = match === undefined ? limit : Math.max(limit, MAX_LOOKED);
  const parts = await Promise.all(partitions.map(async (partition) => {
    try {
      const { earliest, latest } = await broker.offsets(topic, partition);
      const end = Math.min(before?.get(partition) ?? latest, latest);
      const wanted = next?.get(partition) ?? end - looked;
      const from = Math.max(earliest, wanted, end - looked);
      const records = from < end ? await broker.records(topic, { partition, from, limit: end - from }) : [];
      return {
        ...{ partition, from, end, earliest },
        skipped: next === undefined ? 0 : from - Math.min(from, Math.max(earliest, wanted)),
        records: records.filter(({ offset }) => offset < end),
      };
    } catch (error) {
      return { partition, problem: error instanceof Error ? error.message : String(error) };
    }
  }));
  const good = parts.filter((part) => "records" in part);
  const all = good.flatMap(({ partition, records }) => records.map((record) => ({ partition, record })))
    .filter(({ record }) => match === undefined || holds(match, observed, topic, record))
    .toSorted((a, b) => a.record.timestampMs - b.record.timestampMs || a.record.offset - b.record.offset);
  const shown = all.slice(-limit);
  // What is left out of an answer is older than what is in it: it is asked for as such.
  const oldest = new Map(good.map(({ partition, from }) => [partition, from]));
  for (const { partition, record } of all.slice(0, -limit)) oldest.set(partition, record.offset + 1);
  const isMore = good.some(({ partition, earliest }) => oldest.get(partition)! > earliest);
  return {
    rows: shown.map(({ partition, record }) => ({ partition, ...recordTree(observed, topic, record, LIST_LIMITS) })),
    next: good.map(({ partition, end }) => `${partition}:${end}`).join(","),
    ...(isMore && { before: [...oldest].map(([partition, offset]) => `${partition}:${offset}`).join(",") }),
    skipped: good.reduce((sum, { skipped }) => sum + skipped, 0) + (next === undefined ? 0 : all.length - shown.length),
    problems: parts.flatMap((part) => "problem" in part ? [`partition ${part.partition}: ${part.problem}`] : []),
  };
}

/** A record with its values as trees. */
export function recordTree(
  observed: Observed,
  topic: string,
  { key, value, headers, offset, timestampMs }: BrokerRecord,
  limits: TreeLimits = { maxItems: 100_000, maxText: 2 ** 20 },
): Omit<RecordRow, "partition"> {
  const tree = (bytes: Uint8Array) => toTree(observed.decode(topic, bytes), limits);
  /** Keys and headers are of no codec: what is not like a value is bytes. */
  const plain = (bytes: Uint8Array) => {
    try {
      return bytes.length > DECODED_BYTES ? toTree(bytes) : tree(bytes);
    } catch {
      return toTree(bytes);
    }
  };
  return {
    ...{ offset, timestampMs, size: (key?.length ?? 0) + (value?.length ?? 0) },
    ...(key !== null && { key: plain(key) }),
    ...(value !== null && decode(value)),
    headers: headers.map(({ name, value }) => value === null ? { name } : { name, value: plain(value) }),
  };

  function decode(bytes: Uint8Array): { readonly value: unknown } | { readonly problem: string } {
    if (limits === LIST_LIMITS && bytes.length > DECODED_BYTES) return { problem: "it is large: look at it alone" };
    try {
      return { value: tree(bytes) };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Whether a record is one that somebody looks for: by its value, its key, or a header. */
function holds(
  match: (value: unknown) => boolean,
  observed: Observed,
  topic: string,
  { key, value, headers }: BrokerRecord,
): boolean {
  return [value, key, ...headers.map(({ value }) => value)].some((bytes) => {
    try {
      return bytes !== null && match(observed.decode(topic, bytes));
    } catch {
      return false;
    }
  });
}
