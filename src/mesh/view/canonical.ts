import { encodeCbor } from "../../cbor/mod.ts";
import type { RecordState } from "./record_state.ts";
import { targetOf } from "./erasures.ts";
import { compareText, compareWrites, type Write } from "./write.ts";

/**
 * All that stands, as deterministic CBOR: each record by name with what heads its registers, then what was erased. What
 * was replaced is left out, so a peer that has compacted it still has the same bytes.
 */
export function canonicalView(records: Iterable<RecordState>, erasures: Iterable<Write>): Uint8Array {
  const erased = [...erasures].sort(compareWrites).map((write) => [standing(write), targetOf(write)]);
  return encodeCbor([1, [...records].map((state) => [state.id, WHATS.map((what) => registers(state, what))]), erased]);
}

function registers(state: RecordState, what: typeof WHATS[number]): readonly unknown[] {
  const sorted = [...state.all(what)].filter(([, { heads }]) => heads.length > 0).sort(([a], [b]) => compareText(a, b));
  return sorted.map(([key, { heads }]) => [key, heads.map(standing)]);
}

function standing({ event, device, seq, check }: Write): readonly unknown[] {
  const { wallMs, counter, kind, payload } = event;
  return [device, seq, check, wallMs, counter, kind, payload];
}

const WHATS = ["form", "state", "field", "note", "noteGone", "file", "fileGone"] as const;
