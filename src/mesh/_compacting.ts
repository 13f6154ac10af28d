import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createRandom, type Random } from "../random/mod.ts";
import { type Faulty, Machine, onFailingDisk, randomChange, stateOf, tryOn } from "./_machine.ts";
import { START_MS, testKey } from "./_writer.ts";
import { planCompaction } from "./compaction.ts";
import type { DatasetInfo } from "./dataset.ts";
import { invite, join, remove, shareKeys } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";
import { shrink } from "./shrink.ts";
import { meet, type Meeting, type MeetOptions } from "./sync/_meet.ts";
import { shownBy } from "./view/_histories.ts";

/** What somebody is in a {@linkcode CompactingWorld}; a stranger is no member. */
export type WorldRole = "admin" | "writer" | "stranger";

/** Options of {@linkcode CompactingWorld}; what is not said the seed decides. */
export interface CompactingWorldOptions {
  /** Lets disks fail. @default {they never do} */
  readonly faulty?: Faulty;
  readonly privacy?: "open" | "sealed";
  /** Who is there at first, besides the founder. */
  readonly roles?: readonly WorldRole[];
}

/**
 * Who writes and meets while admins compact; others join late, get keys and are removed. A witness has heard all that was
 * ever written, and has the founder's keys. Seeds decide all, also whether it is sealed.
 */
export class CompactingWorld {
  readonly random: Random;
  readonly info: DatasetInfo;
  readonly machines: Machine[] = [];
  nowMs = START_MS;
  readonly witness: Replica;
  /** How often something was compacted, by others than the founder, begun with, and put in place of events. */
  readonly counts = { compactions: 0, byOthers: 0, adoptions: 0, shrunk: 0 };
  readonly #faulty: Faulty | undefined;
  readonly #strangers = new Set<string>();

  constructor(seed: string, { faulty, privacy, roles }: CompactingWorldOptions = {}) {
    [this.random, this.#faulty] = [createRandom(seed), faulty];
    this.info = {
      name: "survey",
      founder: testKey("p0").device,
      nonce: hash("sha256", seed, "hex").slice(0, 32),
      writers: this.random.int(3) === 0 ? "anybody" : "members",
      privacy: privacy ?? (this.random.int(3) === 0 ? "sealed" : "open"),
    };
    const now = () => BigInt(this.nowMs) * 1_000_000n;
    this.witness = new Replica({ info: this.info, key: testKey("p0"), clock: { now } });
    const founder = this.#add();
    const { key: { device }, replica } = founder;
    replica.write({ kind: "member.add", device, role: "admin", box: replica.keyring.box });
    for (const role of roles ?? Array.from({ length: 1 + this.random.int(3) }, () => this.#role())) {
      const { key: { device }, replica: { keyring: { box } } } = this.#add();
      // Who is nobody's member keeps what it is given, and passes it on.
      if (role === "stranger") this.#strangers.add(device);
      else replica.write({ kind: "member.add", device, role, box });
    }
    this.giveKeys(founder);
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
      () => this.giveKeys(this.#any()),
      () => this.#shrink(),
      () => this.#any().offsetMs = this.random.int(200_000) - 100_000,
    ];
    for (let i = 0; i < steps; i++) {
      this.nowMs += this.random.int(60_000);
      acts[this.random.int(acts.length)]!();
    }
    this.heal();
    this.check();
  }

  write(machine = this.#any(), changes = this.#changes(machine)) {
    tryOn(machine, () => machine.replica.write(...changes));
    this.tell(machine);
  }

  /** The witness hears what a machine has written. */
  tell({ key: { device }, replica: { feeds } }: Machine): void {
    const feed = feeds.get(device);
    if (feed !== undefined) this.witness.ingest(...runsOf(feed, { from: this.witness.feeds.get(device)?.next ?? 1 }));
  }

  /** An admin gives keys to who has none. */
  giveKeys(machine: Machine): void {
    tryOn(machine, () => shareKeys(machine.replica, { random: (length) => this.random.bytes(length) }));
    this.tell(machine);
  }

  meet(a: Machine, b: Machine, options: MeetOptions = {}): Meeting {
    const end = ({ replica, key: { device } }: Machine) => ({
      device,
      maxBytes: [300, 1200][this.random.int(2)]!,
      missing: () => replica.view.missing(),
      snapshot: () => replica.base,
      takeSnapshot: (bytes: Uint8Array) => {
        const before = replica.base;
        replica.adopt(bytes);
        if (replica.base !== before) this.counts.adoptions++;
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

  compact({ replica, key } = this.machines[0]!, keepDays = 0): void {
    const { upTo, events } = planCompaction(replica, { keepDays });
    // It may just have heard that it was removed.
    if (events === 0 || !replica.members.isAdmin(key.device)) return;
    // What has waited long enough comes in with whatever is done next.
    replica.feeds.retry();
    const before = shownBy(replica.view);
    try {
      replica.compact({ upTo });
      this.counts.compactions++;
      if (key.device !== this.info.founder) this.counts.byOthers++;
    } catch (error) {
      // Somebody has passed on something without what it says, a key has not come yet, or the disk has failed.
      const isDisk = (error as { code?: string }).code === "WRITE_FAILED";
      assert.ok(isDisk || /without what they say|key that is not here|newest key/.test(String(error)), String(error));
    }
    assert.deepEqual(shownBy(replica.view), before, "a compaction has changed the view");
  }

  /** All meet until nobody learns anything. */
  heal(): void {
    for (const machine of this.machines) machine.offsetMs = 0;
    this.nowMs += 3_600_000;
    for (let before = ""; before !== stateOf(this.machines);) {
      before = stateOf(this.machines);
      for (const [i, machine] of this.machines.entries()) {
        machine.replica.feeds.retry();
        this.meet(machine, this.machines[(i + 1) % this.machines.length]!);
      }
      for (const machine of this.machines) this.giveKeys(machine);
    }
    // An erasure that it had heard may not count after all: then it wants back what it has dropped.
    for (const { replica: { feeds } } of this.witness.view.missing().length === 0 ? [] : this.machines) {
      this.witness.ingest(...[...feeds.all()].flatMap((feed) => [...runsOf(feed, { to: feeds.endOf(feed) })]));
    }
  }

  check(): void {
    const shown = shownBy(this.witness.view);
    for (const machine of this.machines) {
      const { key: { device }, replica: { view, members, feeds, keyring } } = machine;
      assert.deepEqual(members.list(), this.witness.members.list());
      assert.equal(view.isOutdated, false);
      for (const { device, last } of this.witness.feeds.all()) {
        if (this.#isIn(device) && members.cutoff(device) === undefined) assert.equal(feeds.get(device)?.last, last);
      }
      // Who was invited by somebody who is removed may have been heard by some only; it says nothing that is seen.
      const isPlain = members.list().every(({ devices }) => devices.every(({ cutoff }) => cutoff === undefined));
      if (isPlain) assert.deepEqual(view.digest, this.witness.view.digest, `${machine.name} has another digest`);
      const own = shownBy(view);
      assert.deepEqual(shownBy(machine.open().view), own, `${machine.name} is another after a restart`);
      // What it wrote counts nowhere else.
      if (!this.#isIn(device) && feeds.get(device) !== undefined) continue;
      if (this.#canRead(device)) assert.deepEqual(own, shown, `${machine.name} differs from who has all`);
      else assert.notEqual(keyring.current, this.witness.keyring.current);
    }
    this.#checkStrangers();
  }

  #isIn(device: string): boolean {
    return this.info.writers === "anybody" || this.witness.members.of(device) !== undefined;
  }

  /** Who takes part and was not removed has all keys at the end. */
  #canRead(device: string): boolean {
    const { members } = this.witness;
    const isIn = members.of(device) !== undefined && members.cutoff(device) === undefined;
    return isIn || this.info.privacy === "open";
  }

  /** Who has no key at all has the same view as any other such, whether it begins with a snapshot or not. */
  #checkStrangers(): void {
    const strangers = this.machines.filter(({ key }) => this.#strangers.has(key.device));
    const views = new Set(strangers.map(({ replica: { view } }) => view.canonical().toHex()));
    assert.ok(views.size <= 1, "who has no keys differs from others who have none");
  }

  #add(): Machine {
    const machine = new Machine(`p${this.machines.length}`, this);
    this.machines.push(machine);
    return machine;
  }

  #role(): WorldRole {
    return (["writer", "writer", "admin", "admin", "writer", "stranger"] as const)[this.random.int(6)]!;
  }

  #changes(machine: Machine) {
    return Array.from({ length: 1 + this.random.int(4) }, () => randomChange(machine, this.random));
  }

  /** An admin hears from most what they hold, and compacts. */
  #gather(): void {
    const admin = this.#admin();
    const others = this.machines.filter((each) => each !== admin);
    const isWhole = this.random.int(2) === 0;
    for (const other of [...others, ...others]) if (isWhole || this.random.int(4) > 0) this.meet(admin, other);
    this.compact(admin);
  }

  /** Somebody who may have all events takes the snapshot of somebody else in place of them. */
  #shrink(): void {
    const [{ replica }, { replica: { base } }] = [this.#any(), this.#any()];
    if (base === undefined) return;
    replica.feeds.retry();
    const before = shownBy(replica.view);
    try {
      if (shrink(replica, base) > 0) this.counts.shrunk++;
    } catch (error) {
      // It does not fit what is here, or its signer was removed.
      assert.equal((error as { code?: string }).code, "CONFIG", String(error));
    }
    assert.deepEqual(shownBy(replica.view), before, "a snapshot in place of events has changed the view");
  }

  #meetAny(): void {
    const [a, b] = [this.#any(), this.#any()];
    const { random } = this;
    const cutAfter = random.int(4) === 0 ? random.int(20) : Infinity;
    if (a !== b) this.meet(a, b, { loss: [0, 0.2][random.int(2)]!, duplicate: 0.1, reorder: 0.2, cutAfter });
  }

  #join(): void {
    if (this.machines.length >= 8) return;
    const isOwn = this.random.int(3) === 0;
    const host = isOwn ? this.#any() : this.#admin();
    const { members } = host.replica;
    if (isOwn && (members.of(host.key.device) === undefined || members.cutoff(host.key.device) !== undefined)) return;
    const role = this.random.int(3) === 0 ? "admin" : "writer";
    const invitation = invite(host.replica, { secret: this.random.bytes(32), role, isOwn });
    this.tell(host);
    const late = this.#add();
    join(late.replica, invitation, late.name);
    this.tell(late);
    if (this.random.int(2) === 0) this.meet(this.#any(), late, { loss: 0.1 });
  }

  /** Somebody is removed, but for the founder; what it writes on does not count, and it may be met no more. */
  #remove(): void {
    const [admin, { key: { device } }] = [this.#any(), this.#any()];
    const { replica } = admin;
    const isOne = replica.members.isAdmin(replica.key.device) && replica.members.of(device) !== undefined;
    if (!isOne || device === this.info.founder || this.machines.length < 4) return;
    tryOn(admin, () => remove(replica, device, { random: (length) => this.random.bytes(length) }));
    this.tell(admin);
  }

  /** A disk that fails in the middle of a write, a compaction or the taking of a snapshot. */
  #failingDisk(): void {
    const [machine, { random }] = [this.random.int(2) === 0 ? this.#admin() : this.#any(), this];
    if (this.#faulty === undefined) return;
    const action = () => {
      this.write(machine);
      if (machine.replica.members.isAdmin(machine.key.device)) this.compact(machine);
      this.meet(machine, this.machines.find((each) => each !== machine)!);
    };
    onFailingDisk(machine, { random, faulty: this.#faulty, action });
  }

  /** An admin as far as it knows: it may have been removed. */
  #admin(): Machine {
    const admins = this.machines.filter(({ key, replica }) => replica.members.isAdmin(key.device));
    return admins[this.random.int(admins.length)]!;
  }

  #any(): Machine {
    return this.machines[this.random.int(this.machines.length)]!;
  }
}
