import fc from "fast-check";
import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import { DATASET, START_MS, TestWriter } from "../_writer.ts";
import { type Change, payloadOf } from "../change.ts";
import { checkOf, type EventRef } from "../event.ts";
import { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import type { Opened } from "./fold.ts";
import { createView, type View, type ViewOptions } from "./view.ts";

/** Feeds and the view of them. */
export function createPeer(options: Omit<ViewOptions, "feeds"> = {}): { readonly feeds: Feeds; readonly view: View } {
  const feeds: Feeds = new Feeds({
    dataset: DATASET,
    nowMs: () => START_MS,
    accepts: () => true,
    isErased: (event) => view.isErased(event),
  });
  feeds.begin(options.snapshot?.frontier ?? []);
  const view = createView({ feeds, ...options });
  feeds.listen(view);
  return { feeds, view };
}

/** A peer that writes as people do: a change names what it sees. */
export class TestPeer {
  readonly feeds: Feeds;
  readonly view: View;
  writer: TestWriter;
  /** Whether it seals what it writes. */
  isSealed = false;
  /** All that it wrote. */
  readonly runs: Run[] = [];

  constructor(name: string, options: Omit<ViewOptions, "feeds"> = {}) {
    ({ feeds: this.feeds, view: this.view } = createPeer(options));
    this.writer = new TestWriter(name);
  }

  /** Writes, and gives the names of what it wrote. */
  write(...changes: readonly Change[]): EventRef[] {
    const own = this.feeds.of(this.writer.key.device).find((each) =>
      each.checkAt(this.writer.seq) === checkOf(this.writer.head)
    );
    const said = changes.map((change) => payloadOf(change, this.view.superseded(change, own)));
    const run = this.writer.run(
      ...said.map((each) => this.isSealed && each.kind !== "event.erase" ? sealSaid(each) : each),
    );
    this.take(run);
    this.runs.push(run);
    return changes.map((_, i) => ({ device: run.device, seq: run.from + i, check: this.#checkAt(run, run.from + i) }));
  }

  /** Takes runs of others. */
  take(...runs: readonly Run[]): void {
    for (const run of runs) this.feeds.ingest(run);
  }

  #checkAt({ device }: Run, seq: number): number {
    return this.feeds.of(device).map((feed) => feed.checkAt(seq)).find((check) => check !== undefined)!;
  }
}

/** Something said as those who have the key say it to each other: here anybody has it. */
export function sealSaid({ kind, payload }: Opened): Opened {
  const data = encodeCbor([kind, payload, "long enough to be a sealed event"]).toHex();
  return { kind: "sealed", payload: { key: "0".repeat(16), data } };
}

/** What was sealed. */
export function openSaid({ payload }: Opened): Opened {
  const [kind, said] = decodeCbor(Uint8Array.fromHex(payload.data as string)) as [string, Opened["payload"]];
  return { kind, payload: said };
}

/** The bytes of all that stands, and what people are shown of it. */
export function shownBy(view: View): unknown {
  return [view.canonical().toHex(), [...view.records({ includeDeleted: true })], view.conflicts()];
}

/** One thing that happens in a random history. */
export type Step =
  | {
    readonly does: "write";
    readonly who: number;
    readonly change: number;
    readonly record: number;
    readonly value: unknown;
    readonly back: number;
  }
  | { readonly does: "meet"; readonly who: number; readonly other: number }
  | { readonly does: "copy"; readonly who: number };

/** Random steps of up to three devices, some of which are copied and fork. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant("write" as const),
        who: fc.nat(3),
        change: fc.nat(12),
        record: fc.nat(1),
        value: fc.oneof(fc.nat(3), fc.constantFrom(null, "", "007", 1.5, -0, true, [1, "a"], { b: null })),
        back: fc.nat(6),
      }),
    },
    { weight: 3, arbitrary: fc.record({ does: fc.constant("meet" as const), who: fc.nat(3), other: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("copy" as const), who: fc.nat(3) }) },
  ),
  { minLength: 1, maxLength: 50, size: "max" },
);

/**
 * All runs that were written in a history. The device 0 is the one that may erase what others wrote; `seesErased` lets it
 * erase only what it has.
 */
export function runsOfHistory(history: readonly Step[], { seesErased = false, isSealed = false } = {}): Run[] {
  const options = { open: openSaid, mayErase: (device: string) => device === peers[0]!.writer.key.device };
  const peers: TestPeer[] = ["a", "b", "c"].map((name) => new TestPeer(name, options));
  const all: Run[] = [];
  const refs: Written[] = [];
  for (const step of history) {
    const peer = peers[step.who % peers.length]!;
    peer.isSealed = isSealed;
    if (step.does === "meet") {
      const other = peers[step.other % peers.length]!;
      peer.take(...other.runs);
      other.take(...peer.runs);
      for (const run of other.runs) if (!peer.runs.includes(run)) peer.runs.push(run);
    } else if (step.does === "copy" && peers.length < 6) {
      const copy = new TestPeer("", options);
      copy.writer = peer.writer.clone();
      copy.writer.wallMs += peers.length;
      copy.take(...peer.runs);
      copy.runs.push(...peer.runs);
      peers.push(copy);
    } else if (step.does === "write") {
      const change = changeOf(step, refs);
      if (seesErased && change.kind === "event.erase" && !peer.feeds.find(change.event as EventRef)) continue;
      refs.push({ ref: peer.write(change)[0]!, change });
      all.push(peer.runs.at(-1)!);
    }
  }
  return all;
}

interface Written {
  readonly ref: EventRef;
  readonly change: Change;
}

function changeOf({ change, record: number, value, back }: Extract<Step, { does: "write" }>, all: Written[]): Change {
  // Mostly what fits, at times anything.
  const wanted = change < 6 ? "note.add" : change === 7 ? "attachment.add" : undefined;
  const fit = back === 0 ? all : all.filter((each) => wanted === undefined || each.change.kind === wanted);
  const { ref, change: about } = fit.at(-1 - back % 4) ?? { ref: NOBODYS, change: undefined };
  const record =
    change > 3 && change < 8 && about !== undefined && "record" in about && typeof about.record === "string"
      ? about.record
      : `R-${number}`;
  switch (change) {
    case 0:
      return { kind: "record.create", record, form: `form ${back % 2}` };
    case 1:
      return { kind: "record.delete", record, reason: "twice" };
    case 2:
      return { kind: "record.restore", record };
    case 3:
      return { kind: "note.add", record, text: `note ${back}` };
    case 4:
      return { kind: "note.edit", record, note: ref, text: `edited ${back}` };
    case 5:
      return { kind: "note.delete", record, note: ref };
    case 6: {
      const [blob, size, type] = [back.toString(16).repeat(64), back, "image/png"];
      return { kind: "attachment.add", record, field: "photo", blob, size, type, name: "a.png" };
    }
    case 7:
      return { kind: "attachment.delete", record, attachment: ref };
    case 8:
      return { kind: "event.erase", event: ref };
    case 9:
      return { kind: "x.odd", record: 5, value };
    default:
      return { kind: "field.set", record, field: change === 10 ? "__proto__" : "status", value: value as null };
  }
}

const NOBODYS: EventRef = { device: "0".repeat(64), seq: 1, check: 0 };
