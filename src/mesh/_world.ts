import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createRandom, type Random } from "../random/mod.ts";
import { type Faulty, Machine, onFailingDisk, randomChange, stateOf, tryOn } from "./_machine.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { DatasetInfo } from "./dataset.ts";
import { checkOf, eventId, type EventRef } from "./event.ts";
import type { Feed } from "./feed.ts";
import type { Invitation } from "./members/mod.ts";
import { invite, join, remove, shareKeys } from "./membership.ts";
import { runsOf } from "./runs_of.ts";
import { shownBy } from "./view/_histories.ts";

/** How two peers tell each other what they have; may lose, repeat and swap. Resolves when it is over. */
export type Contact = (a: Machine, b: Machine, world: World) => void | Promise<void>;

/** Machines that write, meet, crash, fork, join and are removed as a seed says; at the end all meet, and have to agree. */
export class World {
  readonly random: Random;
  readonly info: DatasetInfo;
  readonly peers: Machine[] = [];
  nowMs = START_MS;
  readonly #promised: { readonly ref: EventRef; readonly by: Machine }[] = [];
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
    for (let i = 0; i < count; i++) this.peers.push(new Machine(`p${i}`, this));
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
    const changes = Array.from({ length: 1 + this.random.int(4) }, () => randomChange(peer, this.random));
    tryOn(peer, () => {
      for (const ref of peer.replica.write(...changes)) this.#promised.push({ ref, by: peer });
    });
  }

  async #meet(): Promise<void> {
    const [a, b] = [this.#any(), this.#any()];
    if (a !== b) await this.#contact(a, b, this);
  }

  /** The program ends without a word; what it had promised is on the disk. */
  #crash(): void {
    this.#any().open();
  }

  #failingDisk(): void {
    const [peer, { random }] = [this.#any(), this];
    const writes = () => [1, 2, 3].forEach(() => this.#write(peer));
    onFailingDisk(peer, { random, faulty: this.#faulty, action: writes });
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
    const copy = new Machine(`p${this.peers.length}`, this, device);
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
    tryOn(peer, () => {
      const what = random.int(4);
      const { device } = other.key;
      if (what === 0) {
        const isOwn = random.int(2) === 0;
        this.#invitations.push(invite(peer.replica, { secret: secret(32), uses: 1 + random.int(2), isOwn }));
      }
      if (what === 1) this.#join();
      if (what === 2) {
        peer.replica.write({ kind: "member.add", device, role: "writer", box: other.replica.keyring.box });
      }
      if (what === 3 && device !== this.info.founder && random.int(2) === 0) {
        const isWhole = random.int(3) === 0 && device !== peer.key.device;
        remove(peer.replica, device, { random: secret, isWhole });
        this.#removed.add(device);
      }
    });
  }

  /** Somebody new comes with an invitation, which may be used up, or withdrawn, somewhere else. */
  #join(): void {
    const { random } = this;
    if (this.#invitations.length === 0 || this.peers.length >= 24) return;
    const peer = new Machine(`p${this.peers.length}`, this);
    this.peers.push(peer);
    join(peer.replica, this.#invitations[random.int(this.#invitations.length)]!, peer.name);
  }

  /** All clocks are set, all meet, until nobody learns anything. */
  async #heal(): Promise<void> {
    // Long enough for stamps of clocks that were wrong by more than is believed.
    this.nowMs += 2000 * 3_600_000;
    for (const peer of this.peers) peer.offsetMs = 0;
    calm.add(this);
    for (let before = ""; before !== stateOf(this.peers);) {
      before = stateOf(this.peers);
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
      const shown = shownBy(peer.replica.view);
      assert.deepEqual(shown, shownBy(peer.open().view), `${peer.name} is another after a restart`);
    }
    const readers = rest.filter(({ keyring }) =>
      this.info.privacy !== "sealed" || keyring.current === first!.keyring.current
    );
    for (const { view, key } of readers) {
      assert.deepEqual(shownBy(view), shownBy(first!.view), `p0 and ${key.device.slice(0, 8)} differ`);
    }
    for (const { ref, by } of this.#promised) {
      if (this.#removed.has(ref.device)) continue;
      for (const { name, replica } of this.peers) {
        if (replica.members.admits(ref.device, undefined as never) !== "yes") continue;
        assert.ok(replica.feeds.find(ref), `${name} lost event ${ref.seq} that ${by.name} had written`);
      }
    }
  }

  #checkChains({ replica: { feeds } }: Machine): void {
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
    for (const peer of this.peers) tryOn(peer, () => shareKeys(peer.replica, { random: this.secret }));
  }

  #any(): Machine {
    return this.peers[this.random.int(this.peers.length)]!;
  }
}

const calm = new WeakSet<World>();

/** Whether the world is at its end, when everything works. */
export function isCalm(world: World): boolean {
  return calm.has(world);
}

/** Gives runs from hand to hand: some are lost, some come twice, in any order. At the end of a world nothing is lost. */
export function handOver(a: Machine, b: Machine, world: World): void {
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
function nextFor({ replica: { feeds, view } }: Machine, feed: Feed): number {
  const [theirs, missing] = [feeds.get(feed.name), view.missing()];
  const isSame = theirs !== undefined && missing.length === 0 &&
    theirs.checkAt(theirs.last) === feed.checkAt(theirs.last);
  return isSame ? theirs.next : feed.base;
}
