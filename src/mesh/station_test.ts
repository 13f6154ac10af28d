import assert from "node:assert/strict";
import { type Clock, VirtualClock } from "../clock/mod.ts";
import { createLinkPair, type Link } from "../link/mod.ts";
import { createRandom } from "../random/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { apartFrom, backlogOf } from "./backlog.ts";
import { invite, join, remove } from "./membership.ts";
import { Replica } from "./replica.ts";
import { Station } from "./station.ts";
import type { PeerState, StationEvent } from "./station_options.ts";

const startNs = BigInt(START_MS) * 1_000_000n;
const random = (length: number) => Uint8Array.from({ length }, (_, i) => i + secrets++);
let secrets = 0;

/** Machines with a way from each to the one that listens. */
function createWorld() {
  const clock = new VirtualClock(startNs);
  const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16) };
  const told: StationEvent[] = [];
  const listeners = new Map<string, (link: Link) => void>();
  let made: (link: Link, clock: Clock) => Link = (link) => link;
  const dial = (address: string) => {
    const { a, b } = createLinkPair();
    listeners.get(address)!(b);
    return Promise.resolve(made(a, clock));
  };
  const open = (name: string, nonce = info.nonce) => {
    const replica = new Replica({ info: { ...info, nonce }, key: testKey(name), clock });
    const onEvent = (event: StationEvent) => void told.push(event);
    return {
      replica,
      station: new Station(replica, { clock, random: createRandom(name), secret: random, dial, onEvent }),
    };
  };
  const listen = (station: Station, address: string) => {
    const links: Link[] = [];
    let wake = () => {};
    let isOpen = true;
    listeners.set(address, (link) => {
      links.push(link);
      wake();
    });
    const incoming = (async function* () {
      while (isOpen) {
        const link = links.shift();
        if (link !== undefined) yield link;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    })();
    station.take(incoming, () => {
      isOpen = false;
      wake();
    });
  };
  const base = open("base");
  listen(base.station, "tcp://base:1");
  /** Lets what was begun come to its end. */
  const settle = async <T>(task: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = task.finally(() => isOver = true);
    over.catch(() => {});
    for (let i = 0; i < 600 && !isOver; i++) await clock.runTo(clock.now() + 100_000_000n);
    assert.ok(isOver, "it does not end");
    return await over;
  };
  /** Makes another link of each that is opened from now on. */
  const wrap = (make: typeof made) => made = make;
  return { base, open, listen, settle, told, clock, wrap };
}

/** A link whose end is noticed by who sends, before it is by who reads, as it may be over TCP. */
function endsOnSend(link: Link, clock: Clock): Link {
  const pieces = link.incoming[Symbol.asyncIterator]();
  const next = async () => {
    const piece = await pieces.next();
    await clock.sleep(50);
    return piece;
  };
  return {
    ...{ kind: link.kind, name: link.name, maxBytes: link.maxBytes },
    incoming: { [Symbol.asyncIterator]: () => ({ next }) },
    send: (bytes) => link.send(bytes),
    close: () => link.close(),
    [Symbol.asyncDispose]: () => link.close(),
  };
}

const set = (value: string) => ({ kind: "field.set", record: "R-1", field: "status", value } as const);

Deno.test("P3 Station.meet() lets in who shows an invitation, who talks to anybody before, and both have the same then", async () => {
  const { base, open, settle } = createWorld();
  base.replica.write(set("OPEN"));
  const ben = open("ben");
  join(ben.replica, invite(base.replica, { secret: random(32) }), "Ben");
  const { report, device } = await settle(ben.station.meet("tcp://base:1"));
  assert.deepEqual([report.status, device], ["done", base.replica.key.device]);
  ben.replica.write(set("CLOSED"));
  await settle(ben.station.meet("tcp://base:1"));
  assert.deepEqual(base.replica.view.canonical(), ben.replica.view.canonical());
  assert.equal(base.replica.view.record("R-1")?.fields.get("status")?.value, "CLOSED");
  await settle(base.station.close());
});

Deno.test("P2 Station takes nobody without an invitation, with one that is used up, or who was removed, and says why", async () => {
  const { base, open, settle, told } = createWorld();
  const short = (who: ReturnType<typeof open> | undefined) => who!.replica.key.device.slice(0, 8);
  base.replica.write(set("OPEN"));
  const [eve, ben, cleo] = ["eve", "ben", "cleo"].map((name) => open(name));
  await assert.rejects(settle(eve!.station.meet("tcp://base:1")));
  const invitation = invite(base.replica, { secret: random(32) });
  // An invitation that is open lets nobody in who does not show it.
  await assert.rejects(settle(eve!.station.meet("tcp://base:1")));
  join(ben!.replica, invitation, "Ben");
  await settle(ben!.station.meet("tcp://base:1"));
  join(cleo!.replica, invitation, "Cleo");
  await assert.rejects(settle(cleo!.station.meet("tcp://base:1")));
  remove(base.replica, ben!.replica.key.device, { random });
  await assert.rejects(settle(ben!.station.meet("tcp://base:1")), /does not talk to this device/);
  const said = told.flatMap((event) => event.kind === "problem" ? [(event.error as Error).message] : []);
  const refused = (who: typeof ben, why: string) =>
    said.some((each) => each.includes(`${short(who)} on`) && each.endsWith(why));
  assert.ok(refused(eve, "it is no member, as far as is known here"), said.join("; "));
  assert.ok(refused(ben, "it was removed"), said.join("; "));
  for (const { replica } of [eve!, cleo!]) assert.equal(replica.view.record("R-1"), undefined);
  await settle(base.station.close());
});

Deno.test("P2 Station.meet() says that the other does not talk to it, however it comes to know", async () => {
  for (const make of [(link: Link) => link, endsOnSend]) {
    const { base, open, settle, wrap } = createWorld();
    wrap(make);
    const eve = open("eve");
    const refused = { code: "DENIED", message: /does not talk to this device/ };
    await assert.rejects(settle(eve.station.meet("tcp://base:1")), refused);
    // Somebody may come with this one; eve does not.
    invite(base.replica, { secret: random(32) });
    await assert.rejects(settle(eve.station.meet("tcp://base:1")), refused);
    await settle(base.station.close());
  }
});

Deno.test("P4 Station.meet() goes over the contact that there is, however it notices that the other keeps that", async () => {
  for (const make of [(link: Link) => link, endsOnSend]) {
    const { base, open, listen, settle, wrap, clock } = createWorld();
    const own = base.replica.key.device;
    const names = ["ben", "cleo", "dora", "eli", "finn", "gus"];
    const ben = names.map((name) => open(name)).find(({ replica }) => replica.key.device > own)!;
    listen(ben.station, "tcp://ben:1");
    join(ben.replica, invite(base.replica, { secret: random(32) }), "Ben");
    // What the smaller key has opened stays.
    base.station.seek("tcp://ben:1");
    await clock.runTo(clock.now() + 3_000_000_000n);
    assert.deepEqual(ben.station.peers().map(({ isHere }) => isHere), [true]);
    wrap(make);
    const { device, report } = await settle(ben.station.meet("tcp://base:1"));
    assert.deepEqual([device, report.status], [own, "done"]);
    await settle(Promise.all([ben.station.close(), base.station.close()]));
  }
});

Deno.test("Station.meet() does not talk to another dataset of that name, nor to this very device", async () => {
  const { base, open, settle, told } = createWorld();
  await assert.rejects(settle(open("base", "11".repeat(16)).station.meet("tcp://base:1")), { code: "PROTOCOL" });
  const copy = open("base");
  await assert.rejects(settle(copy.station.meet("tcp://base:1")), /it has the key of this very device/);
  const said = told.flatMap((event) =>
    event.kind === "problem" && event.error instanceof Error ? [event.error.message] : []
  );
  assert.ok(said.some((message) => message.includes("it has the key of this very device")), said.join("; "));
  await settle(base.station.close());
});

Deno.test("P11 Station.peers() counts what is written here as lacking to who is here until that one has read it", async () => {
  const { base, open, settle, clock } = createWorld();
  const ben = open("ben");
  join(ben.replica, invite(base.replica, { secret: random(32) }), "Ben");
  ben.station.seek("tcp://base:1");
  const wait = () => clock.runTo(clock.now() + 3_000_000_000n);
  await wait();
  const lacks = () => {
    const [{ isHere, known }] = base.station.peers() as [PeerState];
    return [isHere, known && apartFrom(base.replica.feeds, known).toSend];
  };
  assert.deepEqual(lacks(), [true, 0]);
  base.replica.write(set("OPEN"), set("CLOSED"));
  assert.deepEqual(lacks(), [true, 2]);
  await wait();
  assert.deepEqual(lacks(), [true, 0]);
  await settle(ben.station.close());
  await wait();
  // What is kept of it takes the place of what it says.
  assert.deepEqual(lacks(), [false, undefined]);
  base.replica.write(set("OPEN"));
  assert.equal(backlogOf(base.replica, ben.replica.key.device)?.toSend, 1);
  await settle(base.station.close());
});

Deno.test("P2 Station.seek() stays in touch: what is written later goes over by itself, both ways, until one is removed", async () => {
  const { base, open, settle, clock } = createWorld();
  const ben = open("ben");
  join(ben.replica, invite(base.replica, { secret: random(32) }), "Ben");
  ben.station.seek("tcp://base:1");
  const wait = () => clock.runTo(clock.now() + 3_000_000_000n);
  await wait();
  base.replica.write(set("OPEN"));
  await wait();
  ben.replica.write(set("CLOSED"));
  await wait();
  assert.deepEqual(base.replica.view.canonical(), ben.replica.view.canonical());
  assert.deepEqual(base.station.peers().map(({ isHere }) => isHere), [true]);
  remove(base.replica, ben.replica.key.device, { random });
  await wait();
  assert.deepEqual(base.station.peers().map(({ isHere }) => isHere), [false]);
  await settle(Promise.all([ben.station.close(), base.station.close()]));
});

Deno.test("F9 a device that was restored from a copy of before it knew its peers gets its events back, when somebody says whom to trust", async () => {
  const { base, open, settle } = createWorld();
  const ben = open("ben");
  join(ben.replica, invite(base.replica, { secret: random(32) }), "Ben");
  await settle(ben.station.meet("tcp://base:1"));
  ben.replica.write(set("seen by base"));
  await settle(ben.station.meet("tcp://base:1"));
  // Ben's machine is lost; what is left of it knows nothing but its key, and Ben asks base.
  const restored = open("ben");
  restored.replica.noteOwn(1);
  assert.throws(() => restored.replica.write(set("x")), { code: "UNAVAILABLE" });
  await settle(restored.station.meet("tcp://base:1", { trust: true }));
  restored.replica.write(set("goes on"));
  await settle(restored.station.meet("tcp://base:1"));
  assert.equal(base.replica.view.record("R-1")?.fields.get("status")?.value, "goes on");
  assert.deepEqual(base.replica.feeds.forks, []);
  await settle(base.station.close());
});

Deno.test("S8 Station.meet() that only looks says by device who lacks how much, and neither side has more then", async () => {
  const { base, open, settle } = createWorld();
  const ben = open("ben");
  join(ben.replica, invite(base.replica, { secret: random(32) }), "Ben");
  await settle(ben.station.meet("tcp://base:1"));
  base.replica.write(set("OPEN"), set("BROKEN"));
  ben.replica.write(set("CLOSED"));
  const before = [base, ben].map(({ replica }) => replica.view.canonical());
  const { report } = await settle(ben.station.meet("tcp://base:1", { isLook: true }));
  assert.deepEqual([report.status, report.sentEvents, report.receivedEvents], ["done", 0, 0]);
  assert.deepEqual(report.apart, { [base.replica.key.device]: -2, [ben.replica.key.device]: 1 });
  assert.deepEqual([base, ben].map(({ replica }) => replica.view.canonical()), before);
  await settle(ben.station.meet("tcp://base:1"));
  assert.deepEqual((await settle(ben.station.meet("tcp://base:1", { isLook: true }))).report.apart, {});
  await settle(base.station.close());
});

Deno.test("P13 Station.seek() goes to few at once of those that somebody only said to be near", async () => {
  const { base: { replica }, clock, settle } = createWorld();
  const dialled: string[] = [];
  const dial = (address: string) => {
    dialled.push(address);
    return Promise.resolve(createLinkPair().a);
  };
  const station = new Station(replica, { clock, random: createRandom("near"), secret: random, dial });
  for (let i = 0; i < 1000; i++) station.seek(`tcp://10.0.0.${i % 250}:${i}`, { once: true });
  assert.equal(dialled.length, 16);
  await settle(station.close());
});
