import { ByteWriter } from "../bytes/mod.ts";
import { type Manifest, parsePart } from "./manifest.ts";
import { METADATA_NAME, Op, putMap, putRecord, putText } from "./mcap_format.ts";

/** What a recording says of itself in MCAP: the fields of recording.json that no other record has. */
export function encodeMcapManifest(manifest: Manifest): Uint8Array {
  const { tool, id, part, startedNs, endedNs, clean, seed, graph, channels } = manifest;
  const drops = Object.fromEntries(channels.flatMap(({ name, drops }) => drops ? [[name, drops]] : []));
  const map = new Map<string, string>([
    ["tinman", "1"],
    ["id", id],
    ["startedNs", `${startedNs}`],
    ["clean", `${clean}`],
  ]);
  if (part !== undefined) map.set("part", toJson(part));
  if (tool !== undefined) map.set("tool", tool);
  if (endedNs !== undefined) map.set("endedNs", `${endedNs}`);
  if (seed !== undefined) map.set("seed", seed);
  if (graph !== undefined) map.set("graph", toJson(graph));
  if (Object.keys(drops).length > 0) map.set("drops", toJson(drops));
  const out = new ByteWriter(1024);
  putRecord(out, Op.metadata, () => {
    putText(out, METADATA_NAME);
    putMap(out, map);
  });
  return out.take();
}

/** What was written down, as far as it can be used, without the channels. */
export interface McapManifest extends Omit<Manifest, "channels"> {
  /** Frames that could not be written, by channel. */
  readonly drops: ReadonlyMap<string, number>;
}

/** The same back; undefined when it is not of this version, or says no id and time. */
export function parseMcapManifest(map: ReadonlyMap<string, string>): McapManifest | undefined {
  const [id, startedNs, endedNs] = [map.get("id"), parseTime(map.get("startedNs")), parseTime(map.get("endedNs"))];
  if (map.get("tinman") !== "1" || id === undefined || startedNs === undefined) return undefined;
  const [tool, seed, graph] = [map.get("tool"), map.get("seed"), parseJson(map.get("graph"))];
  const part = parsePart(parseJson(map.get("part")));
  const counts = Object.entries(parseJson(map.get("drops")) ?? {});
  return {
    tinman: 1,
    ...(tool !== undefined && { tool }),
    id,
    ...(part && { part }),
    startedNs,
    ...(endedNs !== undefined && { endedNs }),
    clean: map.get("clean") === "true",
    ...(seed !== undefined && { seed }),
    ...(graph !== undefined && { graph }),
    drops: new Map(counts.filter(([, count]) => Number.isSafeInteger(count))),
  };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}` : each);
}

function parseJson(text: string | undefined): Record<string, number> | undefined {
  try {
    const value = text === undefined ? undefined : JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseTime(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
