import { crc32 } from "../bytes/mod.ts";
import type { ChannelHeader } from "../codec/mod.ts";
import { headerOf, ownHeader } from "./mcap_channels.ts";
import type { McapChannel, McapSchema } from "./mcap_format.ts";
import type { CompressionInfo } from "./recording_source.ts";

/** A chunk, or a run of messages that stand in the file themselves: what is read, checked and skipped as one. */
export interface McapChunk {
  /** Where its record begins, or the first message of the run. */
  readonly at: number;
  /** Bytes up to the end of the record, or of the run. */
  readonly length: number;
  /** Whether it is a run without a chunk around it, and so without a checksum. */
  readonly bare: boolean;
  /** The earliest time in it. */
  readonly firstNs: bigint;
  /** The latest time in it. */
  readonly lastNs: bigint;
  /** How it is compressed, if it is. */
  readonly packed?: McapPacking | undefined;
  /** Pairs of the id of a channel and how many messages it has here; undefined when nobody knows. */
  counts: number[] | undefined;
}

/** What a chunk says of its compression. */
export interface McapPacking {
  /** In the words of MCAP, such as `zstd`. */
  readonly compression: string;
  /** Bytes of its records. */
  readonly size: number;
  /** Bytes that these take in the file. */
  readonly storedSize: number;
}

/** The same, undefined for records that stand in the file as they are: chunks of long recordings are many. */
export function packingOf(packing: McapPacking): McapPacking | undefined {
  return packing.compression === "" ? undefined : packing;
}

/** What was found in an MCAP file. */
export interface McapContents {
  /** Who wrote it. */
  readonly library: string | undefined;
  readonly schemas: ReadonlyMap<number, McapSchema>;
  readonly channels: ReadonlyMap<number, McapChannel>;
  /** In the order of the file. */
  readonly chunks: readonly McapChunk[];
  /** What a recording of ours says of itself, the last time it did. */
  readonly metadata: ReadonlyMap<string, string> | undefined;
  /** Where the data end, and their checksum (0 for none); undefined when they do not. */
  readonly dataEnd: { readonly at: number; readonly crc: number } | undefined;
}

/** What the compression of these chunks comes to, undefined when none is compressed. */
export function compressionOf(chunks: readonly McapChunk[]): CompressionInfo | undefined {
  const names = new Set<string>();
  let [bytes, storedBytes] = [0, 0];
  for (const { packed, length } of chunks) {
    if (packed !== undefined) names.add(packed.compression);
    bytes += packed?.size ?? length;
    storedBytes += packed?.storedSize ?? length;
  }
  return names.size === 0 ? undefined : { names: [...names].sort(), storedBytes, bytes };
}

/** A channel as it is read: channels of a file that only differ in their ids are one. */
export interface McapTopic {
  /** The name of the channel, which no other one has. */
  readonly name: string;
  /** Its place among all by name. */
  readonly order: number;
  /** Whether tinman wrote it. */
  readonly isOurs: boolean;
  /** How its payloads are written, in the words of MCAP. */
  readonly encoding: string;
  readonly header: ChannelHeader | undefined;
  /** How many messages it has. */
  frames: number;
}

/** The channels of a file by id. */
export function topicsOf({ channels, schemas }: McapContents): ReadonlyMap<number, McapTopic> {
  const byKind = new Map<string, { ids: number[]; topic: Omit<McapTopic, "order"> }>();
  const names = new Set<string>();
  const schemaKinds = new Map(Array.from(schemas.values(), ({ id, name, encoding, data }) => {
    return [id, JSON.stringify([name, encoding, data.length, crc32(data)])];
  }));
  for (const channel of channels.values()) {
    const schema = schemas.get(channel.schemaId);
    const own = ownHeader(channel);
    const kind = JSON.stringify([
      own?.channel ?? channel.topic,
      channel.encoding,
      channel.metadata.get("tinman.header"),
      schemaKinds.get(channel.schemaId),
    ]);
    const known = byKind.get(kind);
    if (known !== undefined) {
      known.ids.push(channel.id);
      continue;
    }
    let name = own?.channel ?? channel.topic;
    if (names.has(name)) name = `${name} (${channel.id})`;
    names.add(name);
    const { encoding } = channel;
    const topic = { name, isOurs: own !== undefined, encoding, header: headerOf(channel, schema), frames: 0 };
    byKind.set(kind, { ids: [channel.id], topic });
  }
  const sorted = [...byKind.values()].sort((a, b) => a.topic.name < b.topic.name ? -1 : 1);
  const byId = new Map<number, McapTopic>();
  sorted.forEach(({ ids, topic }, order) => {
    const whole: McapTopic = { ...topic, order };
    for (const id of ids) byId.set(id, whole);
  });
  return byId;
}
