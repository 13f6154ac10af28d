import { encodeHeader } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { type FrameCursor, loadedBlock } from "./cursor.ts";
import { joinTime, viewOf } from "./frame.ts";
import { HeldCursor } from "./held_cursor.ts";
import type { McapChunk, McapTopic } from "./mcap_contents.ts";
import { lanesOf, McapCursor, place } from "./mcap_cursor.ts";
import { MESSAGE_HEADER_BYTES, Op } from "./mcap_format.ts";
import { walkRecords } from "./mcap_records.ts";
import { McapSource } from "./mcap_source.ts";
import type { Salvage, SalvagedChannel } from "./salvage.ts";

/** What is whole of an MCAP file: its good chunks. With `keepDamaged` also messages of others that have the form. */
export function salvageMcap(files: Files, path: string, { keepDamaged }: { readonly keepDamaged: boolean }): Salvage {
  const source = new McapSource(files, path, {});
  const { file, topicsById } = source;
  const bad = file.contents.chunks.filter((chunk) => !isGood(source, chunk));
  const held = keepDamaged ? bad.flatMap((chunk) => framesOf(source, chunk)) : [];
  held.sort((a, b) => a.hi - b.hi || a.lo - b.lo);
  const good = file.contents.chunks.filter((chunk) => !bad.includes(chunk));
  return {
    manifest: source.manifest,
    channels: source.topics.map((topic) => describe(source, topic, { bad, held })),
    cutBytes: file.cut.bytes,
    cursors: () => [
      new HeldCursor(held),
      ...lanesOf(place(good, topicsById)).map((lane) => new McapCursor(file.chunks, lane, { topics: topicsById })),
    ],
    close: () => source.close(),
  };
}

function describe(source: McapSource, topic: McapTopic, { bad, held }: {
  readonly bad: readonly McapChunk[];
  readonly held: readonly Omit<FrameCursor, "next">[];
}): SalvagedChannel {
  const { topicsById, manifest } = source;
  const { name, header } = topic;
  const mcap = foreignKind(source, name);
  const lost = bad.map(({ counts = [] }) =>
    counts.reduce((sum, each, i) => i % 2 === 1 && topicsById.get(counts[i - 1]!) === topic ? sum + each : sum, 0)
  );
  const kept = held.filter(({ block }) => block.channel === name).length;
  const { drops = 0, latched = false } = manifest.channels.find((each) => each.name === name) ?? {};
  return {
    name,
    header: header && encodeHeader({ ...header, channel: name, latched }),
    ...(mcap !== undefined && { mcap }),
    latched,
    drops,
    lostFrames: lost.reduce((sum, each) => sum + each, 0) - kept,
    damagedBlocks: lost.filter((each) => each > 0).length,
    cutBytes: 0,
  };
}

/** What another tool said of a channel, for a copy in the same form; undefined for channels of ours. */
export function foreignKind({ file, topicsById }: McapSource, channel: string): SalvagedChannel["mcap"] {
  const [id, topic] = [...topicsById].find(([, { name }]) => name === channel)!;
  if (topic.isOurs) return undefined;
  const { encoding, metadata, schemaId } = file.contents.channels.get(id)!;
  const schema = file.contents.schemas.get(schemaId);
  return { encoding, metadata, ...(schema && { schema }) };
}

/** Whether the bytes are what was written: a cursor can go through them. */
function isGood({ file, topicsById }: McapSource, chunk: McapChunk): boolean {
  try {
    new McapCursor(file.chunks, [{ chunk, before: [] }], { topics: topicsById }).next();
    return true;
  } catch (error) {
    if (isTinmanError(error)) return false;
    throw error;
  }
}

/** What has the form of messages of known channels, and a time that fits the chunk and the message before. */
function framesOf({ file, topicsById }: McapSource, chunk: McapChunk): Omit<FrameCursor, "next">[] {
  const frames: Omit<FrameCursor, "next">[] = [];
  const before = new Map<string, bigint>();
  let records: Uint8Array;
  try {
    records = file.chunks.load(chunk, false);
  } catch (error) {
    if (isTinmanError(error)) return frames;
    throw error;
  }
  const view = viewOf(records);
  for (const { op, at, end } of walkRecords(records)) {
    const topic = op === Op.message ? topicsById.get(view.getUint16(at + 9, true)) : undefined;
    if (topic === undefined) continue;
    const [lo, hi] = [view.getUint32(at + 15, true), view.getUint32(at + 19, true)];
    const timeNs = joinTime(hi, lo);
    if (timeNs < chunk.firstNs || timeNs > chunk.lastNs || timeNs <= (before.get(topic.name) ?? -1n)) continue;
    before.set(topic.name, timeNs);
    const start = at + MESSAGE_HEADER_BYTES;
    const block = loadedBlock(topic.name, chunk.at, records, view);
    frames.push({ hi, lo, start, length: end - start, index: frames.length, block });
  }
  return frames;
}
