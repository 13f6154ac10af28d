import { encodeCbor } from "../../cbor/mod.ts";
import { DATASET } from "../_writer.ts";
import { checkOf, eventId, type EventRef, type MeshEvent } from "../event.ts";
import type { Run } from "../run.ts";
import { openSaid } from "./_histories.ts";
import type { Opened } from "./fold.ts";
import { placeOf } from "./record_state.ts";

/** The rules O1, O2 and V1 to V7 as they are written, over the whole set at once. */
export function naiveCanonical(runs: readonly Run[], options: {
  readonly mayErase: (device: string) => boolean;
  readonly counts?: (device: string, seq: number) => boolean;
}): Uint8Array {
  const { mayErase, counts = () => true } = options;
  const all = eventsOf(runs);
  const counted = all.filter(({ device, seq }) => counts(device, seq));
  const erasures = counted.filter(({ event, device }) =>
    event.kind === "event.erase" && ((event.payload!.event as EventRef).device === device || mayErase(device))
  );
  const isErased = (it: Known) =>
    it.event.kind !== "event.erase" && erasures.some((each) => names(each.event.payload!.event, it));
  const said = counted.filter((it) => placeOf({ ...it, source: it.event }) !== undefined && !isErased(it));
  const placeName = (it: Known) => JSON.stringify(Object.values(placeOf({ ...it, source: it.event })!));
  const stands = (it: Known) =>
    !said.some((other) =>
      placeName(other) === placeName(it) &&
      (ancestors(other, all).has(it.id) || refsOf(other).some((ref) => names(ref, it)))
    ) && !erasures.some((each) => refsOf(each).some((ref) => names(ref, it)));
  const heads = said.filter(stands).sort(byRank).reverse();
  const ids = [...new Set(heads.map(({ event }) => event.payload!.record as string))].sort();
  const records = ids.map((id) => [
    id,
    WHATS.map((what) => {
      const here = heads.filter((it) =>
        it.event.payload!.record === id && placeOf({ ...it, source: it.event })!.what === what
      );
      const keys = [...new Set(here.map((it) => placeOf({ ...it, source: it.event })!.key))].sort();
      return keys.map((key) => [key, here.filter((it) => placeOf({ ...it, source: it.event })!.key === key).map(row)]);
    }),
  ]);
  return encodeCbor([1, records, erasures.sort(byRank).map((each) => [row(each), each.event.payload!.event])]);
}

interface Known extends EventRef {
  readonly event: MeshEvent;
  readonly id: string;
  readonly prev: string;
}

function eventsOf(runs: readonly Run[]): Known[] {
  const heads = [DATASET];
  const all = new Map<string, Known>();
  for (const { device, from, after, events } of runs) {
    let prev = heads.find((id) => checkOf(id) === after)!;
    for (const [i, event] of events.entries()) {
      const id = eventId(event, { device, seq: from + i, prev });
      const said = event.kind === "sealed" ? { ...event, ...openSaid(event as Opened) } : event;
      all.set(id.toHex(), {
        event: said,
        device,
        seq: from + i,
        check: checkOf(id),
        id: id.toHex(),
        prev: prev.toHex(),
      });
      prev = id;
      heads.push(id);
    }
  }
  return [...all.values()];
}

function ancestors({ prev }: Known, all: readonly Known[]): Set<string> {
  const found = new Set<string>();
  for (let id = prev;;) {
    const before = all.find((each) => each.id === id);
    if (before === undefined) return found;
    found.add(id);
    id = before.prev;
  }
}

function refsOf({ event: { kind, payload } }: Known): readonly EventRef[] {
  const refs = (payload!.supersedes ?? []) as EventRef[];
  return kind === "note.edit" ? [...refs, payload!.note as EventRef] : refs;
}

function names(ref: unknown, { device, seq, check }: Known): boolean {
  const named = ref as EventRef;
  return named.device === device && named.seq === seq && named.check === check;
}

function byRank(a: Known, b: Known): number {
  const keys = (it: Known) => [it.event.wallMs, it.event.counter, it.device, it.seq, it.id];
  const [x, y] = [keys(a), keys(b)];
  for (let i = 0; i < 5; i++) if (x[i] !== y[i]) return x[i]! < y[i]! ? -1 : 1;
  return 0;
}

function row({ event: { wallMs, counter, kind, payload }, device, seq, check }: Known): readonly unknown[] {
  return [device, seq, check, wallMs, counter, kind, payload];
}

const WHATS = ["form", "state", "field", "note", "noteGone", "file", "fileGone"];
