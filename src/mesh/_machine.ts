import assert from "node:assert/strict";
import { createMemoryFiles, type Files, readFile } from "../files/mod.ts";
import type { Random } from "../random/mod.ts";
import { testKey } from "./_writer.ts";
import type { Change } from "./change.ts";
import type { DatasetInfo } from "./dataset.ts";
import { Replica } from "./replica.ts";

/** Files of which a change fails: `createFaultyFiles` of tinman/testing. */
export type Faulty = (
  files: Files,
  options: { readonly failAt: number; readonly how: "full" | "broken"; readonly times: number },
) => Files;

/** Where machines are. */
export interface Surroundings {
  readonly info: DatasetInfo;
  readonly nowMs: number;
}

/** A machine with a disk and a clock of its own. */
export class Machine {
  readonly name: string;
  readonly key: ReturnType<typeof testKey>;
  readonly disk = createMemoryFiles();
  replica: Replica;
  offsetMs = 0;
  readonly #world: Surroundings;

  constructor(name: string, world: Surroundings, device = name) {
    [this.name, this.#world, this.key] = [name, world, testKey(device)];
    this.replica = this.open();
  }

  /** Starts again from what is on the disk, through `files` if it fails. */
  open(files: Files = this.disk): Replica {
    const now = () => BigInt(this.#world.nowMs + this.offsetMs) * 1_000_000n;
    const { info } = this.#world;
    return this.replica = new Replica({ info, key: this.key, clock: { now }, folder: { files, path: "survey" } });
  }

  /** Puts the disk back to what it was. */
  restore(log: Uint8Array | undefined): void {
    this.replica.close();
    if (log === undefined) this.disk.remove("survey/feeds.log");
    else this.disk.replace("survey/feeds.log", log);
    this.open();
  }

  log(): Uint8Array | undefined {
    return readFile(this.disk, "survey/feeds.log", 1e9);
  }
}

/** A disk that fails in the middle of what is done, once or for ever, until the program is started again. */
export function onFailingDisk(
  machine: Machine,
  { random, faulty, action }: { readonly random: Random; readonly faulty: Faulty; action(): void },
): void {
  const how = random.int(2) === 0 ? "full" : "broken";
  try {
    machine.open(faulty(machine.disk, { failAt: 1 + random.int(6), how, times: 1 + random.int(3) }));
    action();
  } catch (error) {
    assert.equal((error as { code?: string }).code, "WRITE_FAILED", String(error));
  }
  machine.open();
}

/** Something that somebody may want to write, often about what is there. */
export function randomChange({ replica: { feeds } }: Machine, random: Random): Change {
  const record = `R-${random.int(4)}`;
  const refs = [...feeds.all()].flatMap((feed) => {
    const seq = feed.base + random.int(Math.max(1, feed.last - feed.base + 1));
    return feed.at(seq) ? [{ device: feed.device, seq, check: feed.checkAt(seq)! }] : [];
  });
  const ref = refs[random.int(Math.max(1, refs.length))];
  const value = [random.int(9), `text ${random.int(9)}`, true, null, [1, "a"]][random.int(5)]!;
  const kinds: Change[] = [
    ...Array<Change>(6).fill({ kind: "field.set", record, field: `f${random.int(3)}`, value }),
    { kind: "record.create", record, form: `form ${random.int(2)}` },
    { kind: "note.add", record, text: `note ${random.int(99)}` },
    { kind: "record.delete", record, reason: "twice" },
    { kind: "record.restore", record },
    { kind: "x.unknown", anything: value },
    ...(ref === undefined ? [] : [
      { kind: "note.edit", record, note: ref, text: "edited" } as const,
      { kind: "note.delete", record, note: ref } as const,
      { kind: "event.erase", event: ref, reason: "asked for" } as const,
    ]),
  ];
  return kinds[random.int(kinds.length)]!;
}

/** Does what a device may not do, or cannot do now; that it is told. */
export function tryOn({ name }: Machine, action: () => void): void {
  try {
    action();
  } catch (error) {
    const { code } = error as { code?: string };
    const isExpected = ["DENIED", "UNAVAILABLE", "EXISTS", "NOT_FOUND", "WRITE_FAILED"].includes(code!);
    assert.ok(isExpected, `${name}: ${error}`);
  }
}

/** What all have: the same text when nobody has learned anything. */
export function stateOf(machines: readonly Machine[]): string {
  const state = machines.map(({ replica: { feeds } }) =>
    [...feeds.all()].map((feed) => `${feed.name} ${feed.last} ${feed.checkAt(feed.last)}`).sort()
  );
  return JSON.stringify(state);
}
