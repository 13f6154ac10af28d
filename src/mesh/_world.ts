import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createMemoryFiles, type Files, readFile } from "../files/mod.ts";
import { createRandom, type Random } from "../random/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { Change } from "./change.ts";
import type { DatasetInfo } from "./dataset.ts";
import { checkOf, eventId, type EventRef } from "./event.ts";
import type { Feed } from "./feed.ts";
import type { Invitation } from "./members/mod.ts";
import { invite, join, remove, shareKeys } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

/** How two peers tell each other what they have; may lose, repeat and swap. Resolves when it is over. */
export type Contact = (a: Peer, b: Peer, world: World) => void | Promise<void>;

/** Files of which a change fails: `createFaultyFiles` of tinman/testing. */
export type Faulty = (
  files: Files,
  options: { readonly failAt: number; readonly how: "full" | "broken"; readonly times: number },
) => Files;

/** A machine with a disk and a clock of its own. */
export class Peer {
  readonly name: string;
  readonly key: ReturnType<typeof testKey>;
  readonly disk = createMemoryFiles();
  replica: Replica;
  offsetMs = 0;
  readonly #world: World;

  constructor(name: string, world: World, device = name) {
    [this.name, this.#world, this.key] = [name, world, testKey(device)];
    this.replica = this.open();
  }

  /** Starts again from what is on the disk, through `files` if it fails. */
  open(files: Files = this.disk): Replica {
    const now = () => BigInt(this.#world.nowMs + this.offsetMs) * 1_000_000n;
    return this.replica = new Replica({
      info: this.#world.info,
      key: this.key,
      clock: { now },
      folder: { files, path: "survey" },
    });
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

/** Peers that write, meet, crash, fork, join and are removed as a seed says; at the end all meet, and have to agree. */
export class World {
  readonly random: Random;
  readonly info: DatasetInfo;
  readonly peers: Peer[] = [];
  nowMs = START_MS;
  readonly #promised: { readonly ref: EventRef; readonly by: Peer }[] = [];
  readonly #removed = new Set<string>();
  readonly #invitations: Invitation[] = [];
  readonly #contact: Contact;
  readonly #faulty: Faulty;
  #drawn = 0;

  constructor(seed: string, { contact, faulty }: { readonly contact: Contact; readonly faulty: Faulty }) {
    this.random = createRandom(seed);
    [this.#contact, this.#faulty] = [contact, faulty];
    const { random } = this;
    this.info = {
      name: "survey",
      founder: testKey("p0").device,
      nonce: hash("sha256", seed, "hex").slice(0, 32),
      writers: random.int(2) === 0 ? "anybody" : "members",
      privacy: random.int(3) === 0 ? "sealed" : "open",
    };
    const count = random.int(4) === 0 ? 2 + random.int(19) : 2 + random.int(4);
    for (let i = 0; i < count; i++) this.peers.push(new Peer(`p${i}`, this));
    const base = this.peers[0]!.replica;
    base.write({ kind: "member.add", device: base.key.device, role: "admin", name: "p0", box: base.keyring.box });
    for (const { key, replica: { keyring: { box } } } of this.peers.slice(1, 2 + random.int(count))) {
      const role = random.int(4) === 0 ? "admin" : "writer";
      base.write({ kind: "member.add", device: key.device, role, box });
    }
    this.#giveKeys();
  }

  /** Bytes of chance for secrets. */
  readonly secret = (length: number): Uint8Array => createRandom(`${this.info.nonce} ${this.#drawn++}`).bytes(length);

  async run(steps: number): Promise<void> {
    const acts: (() => void | Promise<void>)[] = [
      ...Array(8).fill(() => this.#write()),
      ...Array(6).fill(() => this.#meet()),
      () => this.#crash(),
      () => this.#failingDisk(),
      () => this.#backup(),
      () => this.#clone(),
      () => this.#changeClock(),
      () => this.#member(),
    ];
    for (let i = 0; i < steps; i++) {
      this.nowMs += this.random.int(60_000);
      await acts[this.random.int(acts.length)]!();
    }
    await this.#heal();
    this.#check();
  }

  #write(peer = this.#any()): void {
    const changes = Array.from({ length: 1 + this.random.int(4) }, () => this.#change(peer));
    this.#try(peer, () => {
      for (const ref of peer.replica.write(...changes)) this.#promised.push({ ref, by: peer });
    });
  }

  #change({ replica }: Peer): Change {
    const { random } = this;
    const record = `R-${random.int(4)}`;
    const refs = [...replica.feeds.all()].flatMap((feed) => {
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

  async #meet(): Promise<void> {
    const [a, b] = [this.#any(), this.#any()];
    if (a !== b) await this.#contact(a, b, this);
  }

  /** The program ends without a word; what it had promised is on the disk. */
  #crash(): void {
    this.#any().open();
  }

  /** A disk that fails in the middle of something, once or for ever, until the program is started again. */
  #failingDisk(): void {
    const peer = this.#any();
    const how = this.random.int(2) === 0 ? "full" : "broken";
    try {
      peer.open(this.#faulty(peer.disk, { failAt: 1 + this.random.int(5), how, times: 1 + this.random.int(3) }));
      for (let i = 0; i < 3; i++) this.#write(peer);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "WRITE_FAILED");
    }
    peer.open();
  }

  /** A disk is put back to what it was some time ago; what nobody else has seen is gone. */
  #backup(): void {
    const peer = this.#any();
    const log = peer.log();
    for (let i = this.random.int(3); i > 0; i--) this.#write(peer);
    const others = this.peers.filter((each) => each !== peer);
    for (let i = this.#promised.length - 1; i >= 0; i--) {
      const { ref, by } = this.#promised[i]!;
      if (by === peer && !others.some(({ replica }) => replica.feeds.find(ref))) this.#promised.splice(i, 1);
    }
    peer.restore(log);
    // What was promised before the copy was made is in it.
    for (const feed of peer.replica.feeds.of(peer.key.device)) {
      for (let seq = feed.base; seq < feed.next; seq++) {
        this.#promised.push({ ref: { device: feed.device, seq, check: feed.checkAt(seq)! }, by: peer });
      }
    }
    if (this.random.int(2) === 0) this.#write(peer);
  }

  /** A second machine goes on with the key and the disk of another. */
  #clone(): void {
    if (this.peers.length >= 24) return;
    const peer = this.#any();
    if (this.peers.filter(({ key }) => key.device === peer.key.device).length > 3) return;
    const device = this.peers.find(({ key }) => key.device === peer.key.device)!.name;
    const copy = new Peer(`p${this.peers.length}`, this, device);
    copy.restore(peer.log());
    this.peers.push(copy);
    for (const each of [peer, copy]) this.#write(each);
  }

  #changeClock(): void {
    const { random } = this;
    const hour = 3_600_000;
    this.#any().offsetMs = [0, random.int(hour), -random.int(hour), 1000 * hour, -1000 * hour][random.int(5)]!;
  }

  #member(): void {
    const { random, secret } = this;
    const [peer, other] = [this.#any(), this.#any()];
    this.#try(peer, () => {
      const what = random.int(4);
      const { device } = other.key;
      if (what === 0) this.#invitations.push(invite(peer.replica, { secret: secret(32), uses: 1 + random.int(2) }));
      if (what === 1 && this.#invitations.length > 0) {
        join(peer.replica, this.#invitations[random.int(this.#invitations.length)]!, peer.name);
      }
      if (what === 2) {
        peer.replica.write({ kind: "member.add", device, role: "writer", box: other.replica.keyring.box });
      }
      if (what === 3 && device !== this.info.founder && random.int(2) === 0) {
        remove(peer.replica, device, { random: secret });
        this.#removed.add(device);
      }
    });
  }

  /** All clocks are set, all meet, until nobody learns anything. */
  async #heal(): Promise<void> {
    // Long enough for stamps of clocks that were wrong by more than is believed.
    this.nowMs += 2000 * 3_600_000;
    for (const peer of this.peers) peer.offsetMs = 0;
    calm.add(this);
    for (let before = ""; before !== this.#state();) {
      before = this.#state();
      for (let i = 0; i < this.peers.length; i++) {
        this.peers[i]!.replica.feeds.retry();
        await this.#contact(
          this.peers[i]!,
          this.peers[(i + 1) % this.peers.length]!,
          this,
        );
      }
      this.#giveKeys();
    }
  }

  #check(): void {
    const [first, ...rest] = this.peers.map(({ replica }) => replica);
    for (const peer of this.peers) {
      this.#checkChains(peer);
      const canonical = peer.replica.view.canonical();
      assert.deepEqual(canonical, peer.open().view.canonical(), `${peer.name} is another after a restart`);
    }
    const readers = rest.filter(({ keyring }) =>
      this.info.privacy !== "sealed" || keyring.current === first!.keyring.current
    );
    for (const { view, key } of readers) {
      assert.deepEqual(view.canonical(), first!.view.canonical(), `p0 and ${key.device.slice(0, 8)} differ`);
    }
    for (const { ref, by } of this.#promised) {
      if (this.#removed.has(ref.device)) continue;
      for (const { name, replica } of this.peers) {
        if (replica.members.admits(ref.device, undefined as never) !== "yes") continue;
        assert.ok(replica.feeds.find(ref), `${name} lost event ${ref.seq} that ${by.name} had written`);
      }
    }
  }

  #checkChains({ replica: { feeds } }: Peer): void {
    for (const feed of feeds.all()) {
      let prev = feed.idAt(feed.base - 1)!;
      for (let seq = feed.base; seq < feed.next; seq++) {
        prev = eventId(feed.at(seq)!, { device: feed.device, seq, prev });
        assert.equal(checkOf(prev), feed.checkAt(seq), `event ${seq} of ${feed.name} is not what was signed`);
      }
      assert.equal(feed.signed.at(-1)?.seq ?? feed.base - 1, feed.last, `the end of ${feed.name} is not signed`);
    }
  }

  #giveKeys(): void {
    for (const peer of this.peers) this.#try(peer, () => shareKeys(peer.replica, { random: this.secret }));
  }

  #state(): string {
    const state = this.peers.map(({ replica: { feeds } }) =>
      [...feeds.all()].map((feed) => `${feed.name} ${feed.last} ${feed.checkAt(feed.last)}`).sort()
    );
    return JSON.stringify(state);
  }

  #any(): Peer {
    return this.peers[this.random.int(this.peers.length)]!;
  }

  /** What a device may not do, or cannot do now, it is told. */
  #try(peer: Peer, action: () => void): void {
    try {
      action();
    } catch (error) {
      const { code } = error as { code?: string };
      assert.ok(
        ["DENIED", "UNAVAILABLE", "EXISTS", "NOT_FOUND", "WRITE_FAILED"].includes(code!),
        `${peer.name}: ${error}`,
      );
    }
  }
}

const calm = new WeakSet<World>();

/** Whether the world is at its end, when everything works. */
export function isCalm(world: World): boolean {
  return calm.has(world);
}

/** Gives runs from hand to hand: some are lost, some come twice, in any order. At the end of a world nothing is lost. */
export function handOver(a: Peer, b: Peer, world: World): void {
  const { random } = world;
  for (const [from, to] of [[a, b], [b, a]] as const) {
    const all = isCalm(world) || random.int(5) > 0 ? 4096 : 1 + random.int(20);
    const runs = [...from.replica.feeds.all()].flatMap((feed) => [
      ...runsOf(feed, { from: nextFor(to, feed), to: from.replica.feeds.endOf(feed), maxEvents: all }),
    ]);
    for (const { device, last } of from.replica.feeds.of(to.key.device)) if (device) to.replica.noteOwn(last);
    const arrived = isCalm(world)
      ? runs
      : runs.filter(() => random.int(5) > 0).map((run) => ({ run, at: random.next() }))
        .toSorted((x, y) => x.at - y.at).map(({ run }) => run);
    to.replica.ingest(...arrived);
    if (isCalm(world)) to.replica.ingest(...arrived);
  }
}

/** Where what another peer has of a feed ends; from the beginning for one that went another way or lacks what was said. */
function nextFor({ replica: { feeds, view } }: Peer, feed: Feed): number {
  const [theirs, missing] = [feeds.get(feed.name), view.missing()];
  const isSame = theirs !== undefined && missing.length === 0 &&
    theirs.checkAt(theirs.last) === feed.checkAt(theirs.last);
  return isSame ? theirs.next : feed.base;
}
