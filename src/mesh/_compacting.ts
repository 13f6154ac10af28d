import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createRandom, type Random } from "../random/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { Faulty } from "./_world.ts";
import type { Change } from "./change.ts";
import { planCompaction } from "./compaction.ts";
import type { DatasetInfo } from "./dataset.ts";
import { invite, join, remove } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";
import { meet, type Meeting, type MeetOptions } from "./sync/_meet.ts";

/** A machine of a {@linkcode CompactingWorld}. */
export class Machine {
  readonly key: ReturnType<typeof testKey>;
  readonly disk = createMemoryFiles();
  replica: Replica;
  offsetMs = 0;
  readonly #world: CompactingWorld;

  constructor(readonly name: string, world: CompactingWorld) {
    [this.#world, this.key] = [world, testKey(name)];
    this.replica = this.open();
  }

  /** Starts again from what is on the disk. */
  open(files: Files = this.disk): Replica {
    const now = () => BigInt(this.#world.nowMs + this.offsetMs) * 1_000_000n;
    const { info } = this.#world;
    return this.replica = new Replica({ info, key: this.key, clock: { now }, folder: { files, path: "d" } });
  }
}

/** Who writes and meets while the founder compacts; others join late. A witness has heard all that was ever written. */
export class CompactingWorld {
  readonly random: Random;
  readonly info: DatasetInfo;
  readonly machines: Machine[] = [];
  nowMs = START_MS;
  readonly witness: Replica;
  compactions = 0;
  adoptions = 0;
  readonly #faulty: Faulty | undefined;

  constructor(seed: string, faulty?: Faulty) {
    [this.random, this.#faulty] = [createRandom(seed), faulty];
    this.info = {
      name: "survey",
      founder: testKey("p0").device,
      nonce: hash("sha256", seed, "hex").slice(0, 32),
      writers: this.random.int(3) === 0 ? "anybody" : "members",
      privacy: "open",
    };
    const now = () => BigInt(this.nowMs) * 1_000_000n;
    this.witness = new Replica({ info: this.info, key: testKey("witness"), clock: { now } });
    const count = 2 + this.random.int(3);
    for (let i = 0; i < count; i++) this.machines.push(new Machine(`p${i}`, this));
    const [{ replica }] = this.machines as [Machine];
    replica.write({ kind: "member.add", device: replica.key.device, role: "admin", name: "p0" });
    for (const { key: { device } } of this.machines.slice(1)) {
      replica.write({ kind: "member.add", device, role: this.random.int(3) === 0 ? "admin" : "writer" });
    }
    this.tell(this.machines[0]!);
  }

  run(steps: number): void {
    const acts: (() => void)[] = [
      ...Array(7).fill(() => this.write()),
      ...Array(7).fill(() => this.#meetAny()),
      () => this.#any().open(),
      () => this.#failingDisk(),
      ...Array(3).fill(() => this.#gather()),
      ...Array(2).fill(() => this.#join()),
      () => this.#remove(),
      () => this.#any().offsetMs = this.random.int(200_000) - 100_000,
    ];
    for (let i = 0; i < steps; i++) {
      this.nowMs += this.random.int(60_000);
      acts[this.random.int(acts.length)]!();
    }
    this.heal();
    this.check();
  }

  write(machine = this.#any(), changes = Array.from({ length: 1 + this.random.int(4) }, () => this.#change(machine))) {
    try {
      machine.replica.write(...changes);
    } catch (error) {
      assert.ok(["DENIED", "WRITE_FAILED"].includes((error as { code?: string }).code!), `${machine.name}: ${error}`);
    }
    this.tell(machine);
  }

  /** The witness hears what a machine has written. */
  tell({ key: { device }, replica: { feeds } }: Machine): void {
    const feed = feeds.get(device);
    if (feed !== undefined) this.witness.ingest(...runsOf(feed, { from: this.witness.feeds.get(device)?.next ?? 1 }));
  }

  meet(a: Machine, b: Machine, options: MeetOptions = {}): Meeting {
    const end = ({ replica, key: { device } }: Machine) => ({
      device,
      maxBytes: [300, 1200][this.random.int(2)]!,
      missing: () => replica.view.missing(),
      snapshot: () => replica.base,
      takeSnapshot: (bytes: Uint8Array) => {
        replica.adopt(bytes);
        this.adoptions++;
      },
    });
    const meeting = meet(a.replica.feeds, b.replica.feeds, {
      ...options,
      seed: `${this.random.next()}`,
      a: { ...end(a), ...options.a },
      b: { ...end(b), ...options.b },
    });
    const { nowMs: atMs } = this;
    if (meeting.holds.a !== undefined) a.replica.acks.note(b.key.device, { atMs, holds: meeting.holds.a });
    if (meeting.holds.b !== undefined) b.replica.acks.note(a.key.device, { atMs, holds: meeting.holds.b });
    return meeting;
  }

  compact(keepDays = 0): void {
    const { replica } = this.machines[0]!;
    const { upTo, events } = planCompaction(replica, { keepDays });
    if (events === 0) return;
    const before = replica.view.canonical();
    try {
      replica.compact({ upTo });
      this.compactions++;
    } catch (error) {
      // Somebody has passed on something without what it says, or the disk has failed.
      const isDisk = (error as { code?: string }).code === "WRITE_FAILED";
      assert.ok(isDisk || /without what they say/.test(String(error)), String(error));
    }
    assert.deepEqual(replica.view.canonical(), before, "a compaction has changed the view");
  }

  /** All meet until nobody learns anything. */
  heal(): void {
    for (const machine of this.machines) machine.offsetMs = 0;
    this.nowMs += 3_600_000;
    for (let before = ""; before !== this.#state();) {
      before = this.#state();
      for (const [i, machine] of this.machines.entries()) {
        machine.replica.feeds.retry();
        this.meet(machine, this.machines[(i + 1) % this.machines.length]!);
      }
    }
  }

  check(): void {
    const canonical = this.witness.view.canonical();
    for (const machine of this.machines) {
      const { view, members, feeds } = machine.replica;
      assert.deepEqual(view.canonical(), canonical, `${machine.name} differs from who has all`);
      // Who was invited by somebody who is removed may have been heard by some only; it says nothing that is seen.
      const isPlain = members.list().every(({ devices }) => devices.every(({ cutoff }) => cutoff === undefined));
      if (isPlain) assert.deepEqual(view.digest, this.witness.view.digest, `${machine.name} has another digest`);
      assert.deepEqual(members.list(), this.witness.members.list());
      assert.equal(view.isOutdated, false);
      for (const { device, last } of this.witness.feeds.all()) {
        if (members.cutoff(device) === undefined) assert.equal(feeds.get(device)?.last, last);
      }
      assert.deepEqual(machine.open().view.canonical(), canonical, `${machine.name} is another after a restart`);
    }
  }

  #change({ replica: { feeds } }: Machine): Change {
    const { random } = this;
    const record = `R-${random.int(4)}`;
    const refs = [...feeds.all()].flatMap((feed) => {
      const seq = feed.base + random.int(Math.max(1, feed.last - feed.base + 1));
      return feed.at(seq) ? [{ device: feed.device, seq, check: feed.checkAt(seq)! }] : [];
    });
    const ref = refs[random.int(Math.max(1, refs.length))];
    const value = [random.int(9), `text ${random.int(9)}`, true, null][random.int(4)]!;
    const kinds: Change[] = [
      ...Array<Change>(6).fill({ kind: "field.set", record, field: `f${random.int(3)}`, value }),
      { kind: "record.create", record, form: `form ${random.int(2)}` },
      { kind: "note.add", record, text: `note ${random.int(99)}` },
      { kind: "record.delete", record, reason: "twice" },
      { kind: "record.restore", record },
      { kind: "x.unknown", anything: value },
      ...(ref === undefined ? [] : [
        { kind: "note.edit", record, note: ref, text: "edited" } as const,
        { kind: "event.erase", event: ref, reason: "asked for" } as const,
      ]),
    ];
    return kinds[random.int(kinds.length)]!;
  }

  /** The founder hears from most what they hold, and compacts. */
  #gather(): void {
    const [founder, ...others] = this.machines as [Machine, ...Machine[]];
    const isWhole = this.random.int(2) === 0;
    for (const other of [...others, ...others]) if (isWhole || this.random.int(4) > 0) this.meet(founder, other);
    this.compact();
  }

  #meetAny(): void {
    const [a, b] = [this.#any(), this.#any()];
    const { random } = this;
    const cutAfter = random.int(4) === 0 ? random.int(20) : Infinity;
    if (a !== b) this.meet(a, b, { loss: [0, 0.2][random.int(2)]!, duplicate: 0.1, reorder: 0.2, cutAfter });
  }

  #join(): void {
    if (this.machines.length >= 8) return;
    const admins = this.machines.filter(({ key, replica }) => replica.members.isAdmin(key.device));
    const admin = admins[this.random.int(admins.length)]!;
    const invitation = invite(admin.replica, { secret: this.random.bytes(32) });
    this.tell(admin);
    const late = new Machine(`p${this.machines.length}`, this);
    this.machines.push(late);
    join(late.replica, invitation, late.name);
    this.tell(late);
    if (this.random.int(2) === 0) this.meet(this.machines[0]!, late, { loss: 0.1 });
  }

  /** Somebody is removed, but for the founder; what it writes on does not count, and it may be met no more. */
  #remove(): void {
    const [admin, { key: { device } }] = [this.#any(), this.#any()];
    const { replica } = admin;
    const isOne = replica.members.isAdmin(replica.key.device) && replica.members.of(device) !== undefined;
    if (!isOne || device === this.info.founder || this.machines.length < 4) return;
    try {
      remove(replica, device, { random: (length) => this.random.bytes(length) });
    } catch (error) {
      assert.ok(["DENIED", "WRITE_FAILED"].includes((error as { code?: string }).code!), String(error));
    }
    this.tell(admin);
  }

  /** A disk that fails in the middle of a write, a compaction or the taking of a snapshot, until the next start. */
  #failingDisk(): void {
    if (this.#faulty === undefined) return;
    const machine = this.random.int(2) === 0 ? this.machines[0]! : this.#any();
    const how = this.random.int(2) === 0 ? "full" : "broken";
    try {
      machine.open(this.#faulty(machine.disk, { failAt: 1 + this.random.int(6), how, times: 1 + this.random.int(3) }));
      this.write(machine);
      if (machine === this.machines[0]) this.compact();
      this.meet(machine, this.machines.find((each) => each !== machine)!);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "WRITE_FAILED", String(error));
    }
    machine.open();
  }

  #state(): string {
    return JSON.stringify(
      this.machines.map(({ replica: { feeds } }) =>
        [...feeds.all()].map((feed) => `${feed.name} ${feed.last} ${feed.checkAt(feed.last)}`).sort()
      ),
    );
  }

  #any(): Machine {
    return this.machines[this.random.int(this.machines.length)]!;
  }
}
