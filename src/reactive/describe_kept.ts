import { decodeCbor } from "../cbor/mod.ts";
import { decodeKeptEvents } from "./kept_events.ts";

/** What an entry of an archive is, in a few words, for people who look into it: `greet → 2 × greeted`. */
export function describeKept(bytes: Uint8Array): string {
  const kept = decodeKeptEvents(bytes);
  if (kept !== undefined) return `${kept.on} → ${describeList(kept.events.map(({ kind }) => kind.kindName))}`;
  const entry = tryDecode(bytes);
  // What a builder keeps: see `BuildMemo`.
  if (typeof entry === "object" && entry !== null && "artifacts" in entry && Array.isArray(entry.artifacts)) {
    return describeCount(entry.artifacts.length, "artifact");
  }
  return Array.isArray(entry) ? `the ${describeCount(entry.length, "input")} of the last run` : "something else";
}

function describeList(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => count === 1 ? name : `${count} × ${name}`).join(", ") || "nothing";
}

function describeCount(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function tryDecode(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes, { anyOrder: true });
  } catch {
    return undefined;
  }
}
