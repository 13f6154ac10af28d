import type { BrokerTopic } from "../../../telemetry/mod.ts";
import { bytes, UNKNOWN } from "../format.ts";

/** How long a topic keeps its records: `7 d`, `1 h or 1.0 GiB`, `for ever`, `newest of each key`. */
export function retentionOf({ retentionMs, retentionBytes, cleanup }: BrokerTopic): string {
  if (retentionMs === undefined && cleanup === undefined) return UNKNOWN;
  const parts = [
    ...retentionMs === undefined || retentionMs < 0 ? [] : [span(retentionMs)],
    ...retentionBytes === undefined || retentionBytes < 0 ? [] : [`${bytes(retentionBytes)} a partition`],
  ];
  const time = parts.length === 0 ? "for ever" : parts.join(" or ");
  if (cleanup === undefined || !cleanup.includes("compact")) return time;
  return cleanup.includes("delete") ? `newest of each key, ${time}` : "newest of each key";
}

function span(ms: number): string {
  const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]] as const;
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["ms", 1];
  const count = ms / size;
  return `${Number.isInteger(count) ? count : count.toFixed(1)} ${unit}`;
}

/** Records of all partitions that are kept; undefined when one does not answer. */
export function recordsOf({ partitions }: BrokerTopic): number | undefined {
  let sum = 0;
  for (const { earliest, latest } of partitions) {
    if (earliest === undefined || latest === undefined) return undefined;
    sum += latest - earliest;
  }
  return sum;
}

/** Bytes of all partitions; undefined when the broker does not say. */
export function bytesOf({ partitions }: BrokerTopic): number | undefined {
  let sum = 0;
  for (const { bytes } of partitions) {
    if (bytes === undefined) return undefined;
    sum += bytes;
  }
  return sum;
}
