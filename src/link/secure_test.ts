import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { Buffer } from "node:buffer";
import { VirtualClock } from "../clock/mod.ts";
import { createRandom } from "../random/mod.ts";
import { testLink } from "../testing/link_suite.ts";
import type { Link } from "./link.ts";
import { createLinkPair } from "./memory.ts";
import { createNetwork } from "./simulated.ts";
import { type LinkIdentity, type SecureLink, secureLink, type SecureOptions } from "./secure.ts";

const ANN = identity(1);
const BOB = identity(2);
const { bytes: random } = createRandom("secure");

testLink({
  name: "secure",
  test: Deno.test,
  open: async () => {
    const { a, b, break: pull } = createLinkPair({ maxBytes: 1000, bufferBytes: 4000 });
    const [ann, bob] = await Promise.all([secured(a, { initiator: true }), secured(b, { initiator: false })]);
    return { a: ann, b: bob, break: pull };
  },
  heldAfterBytes: 40_000,
  breaks: true,
});

Deno.test("secureLink() tells each end who the other is", async () => {
  const { ann, bob } = await pair();
  assert.deepEqual(ann.peerKey, BOB.publicKey);
  assert.deepEqual(bob.peerKey, ANN.publicKey);
});

Deno.test("secureLink() carries messages of many pieces and of none, and hides them", async () => {
  const seen: number[] = [];
  const { ann, bob } = await pair({}, (bytes) => [(seen.push(...bytes), bytes)]);
  const secret = new TextEncoder().encode("the same words again and again. ".repeat(10_000));
  const sending = (async () => {
    for (const message of [secret, new Uint8Array(0), secret.subarray(0, 65_518)]) await ann.send(message);
    await ann.close();
  })();
  const got = await Array.fromAsync(bob.incoming);
  await sending;
  assert.deepEqual(got.map(({ length }) => length), [320_000, 0, 65_518]);
  assert.deepEqual(got[0], secret);
  assert.ok(!Buffer.from(seen).includes("same words"));
});

Deno.test("secureLink() says DENIED to who is not accepted, who learns nothing of who opened", async () => {
  const nobody = () => false;
  let asked = 0;
  const count = () => ++asked > 0;
  const [byAnn, atBob] = await ends({ accept: nobody }, { accept: count });
  assertCode(byAnn, "DENIED");
  assertCode(atBob, "UNAVAILABLE");
  assert.equal(asked, 0);
  const [opened, byBob] = await ends({}, { accept: nobody });
  assertCode(byBob, "DENIED");
  assert.equal(opened.status, "fulfilled");
  const link = (opened as PromiseFulfilledResult<SecureLink>).value;
  await assert.rejects(Array.fromAsync(link.incoming), { code: "UNAVAILABLE" });
});

Deno.test("secureLink() says PROTOCOL to who uses a key that is not its own", async () => {
  const liar = { publicKey: BOB.publicKey, sign: ANN.sign };
  const [byAnn] = await ends({}, { identity: liar });
  assertCode(byAnn, "PROTOCOL");
  const [, byBob] = await ends({ identity: liar }, {});
  assertCode(byBob, "PROTOCOL");
  const [off] = await ends({}, { identity: { publicKey: new Uint8Array(32).fill(255), sign: ANN.sign } });
  assertCode(off, "PROTOCOL");
});

Deno.test("secureLink() says PROTOCOL when the two do not mean the same", async () => {
  assertCode((await ends({ context: "fields" }, { context: "wells" }))[0], "PROTOCOL");
});

Deno.test("secureLink() does not take its own words for those of somebody else", async () => {
  const { a, b } = createLinkPair({ kind: "datagrams" });
  const echo = (async () => {
    for await (const bytes of b.incoming) await b.send(bytes);
  })();
  await assert.rejects(secured(a, { initiator: true }), { code: "PROTOCOL" });
  await echo;
});

Deno.test("secureLink() ends with PROTOCOL or UNAVAILABLE, whatever a message of the handshake becomes", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const chance = createRandom(`handshake ${seed}`);
    let left = chance.int(3);
    const { results } = await meddled({}, (bytes) => {
      if (left-- !== 0) return [bytes];
      const wrong = bytes.slice(0, chance.int(3) === 0 ? chance.int(bytes.length) : bytes.length);
      if (wrong.length === bytes.length) wrong[chance.int(wrong.length)]! ^= 1 << chance.int(8);
      return [wrong];
    });
    const codes = results.map((result) => result.status === "rejected" ? result.reason.code : "open");
    // Who speaks last has heard all it needs, and notices that the other end is gone when it reads.
    assert.ok(codes.includes("PROTOCOL"), `${seed}: ${codes}`);
    assert.ok(codes.every((code) => ["PROTOCOL", "UNAVAILABLE", "open"].includes(code)), `${seed}: ${codes}`);
  }
});

Deno.test("secureLink() ends with PROTOCOL when a message is changed, repeated, left out or swapped", async () => {
  const meddling: Record<string, (bytes: Uint8Array, kept: Uint8Array[]) => Uint8Array[]> = {
    changed: (bytes) => [bytes.with(7, bytes[7]! ^ 1)],
    "cut off": (bytes) => [bytes.slice(0, -1)],
    empty: () => [new Uint8Array(0)],
    repeated: (bytes) => [bytes, bytes],
    "left out": () => [],
    swapped: (bytes, kept) => kept.push(bytes) === 2 ? kept.reverse() : [],
  };
  for (const [name, meddle] of Object.entries(meddling)) {
    const kept: Uint8Array[] = [];
    let count = 0;
    const { ann, bob } = await pair({}, (bytes) => ++count > 3 && count < 6 ? meddle(bytes, kept) : [bytes]);
    for (const word of ["one message", "two messages", "three"]) await ann.send(new TextEncoder().encode(word));
    await assert.rejects(Array.fromAsync(bob.incoming), { code: "PROTOCOL" }, name);
    await assert.rejects(bob.send(Uint8Array.of(1)), { code: "PROTOCOL" }, name);
  }
});

Deno.test("secureLink() tells an end from a link that was cut", async () => {
  let isCut = false;
  const { ann, bob } = await pair({}, (bytes) => isCut ? [] : [bytes]);
  await ann.send(Uint8Array.of(1));
  isCut = true;
  await ann.close();
  await assert.rejects(Array.fromAsync(bob.incoming), { code: "UNAVAILABLE" });
});

Deno.test("secureLink() gives up on who says nothing, and closes the link", async () => {
  const clock = new VirtualClock();
  const { a, b } = createLinkPair();
  const refused = assert.rejects(secured(a, { initiator: false, clock, timeoutMs: 500 }), { code: "TIMEOUT" });
  await clock.runTo(499_000_000n);
  const ended = Array.fromAsync(b.incoming);
  await clock.runTo(500_000_000n);
  await refused;
  assert.deepEqual(await ended, []);
  assert.equal(clock.pending, 0);
});

Deno.test("secureLink() changes its keys on the way", async () => {
  const { ann, bob } = await pair();
  const count = 2 ** 16 + 10;
  const sending = (async () => {
    for (let i = 0; i < count; i++) await ann.send(Uint8Array.of(i & 255));
    await ann.close();
  })();
  let got = 0;
  for await (const [byte] of bob.incoming) assert.equal(byte, got++ & 255);
  await sending;
  assert.equal(got, count);
});

Deno.test("secureLink() ends with PROTOCOL at a message that is longer than this end takes", async () => {
  const [ann, bob] = await ends({ maxBytes: 1000 }, { maxBytes: 100 }) as PromiseFulfilledResult<SecureLink>[];
  await assert.rejects(ann!.value.send(new Uint8Array(1001)), { code: "TOO_LARGE" });
  await ann!.value.send(new Uint8Array(101));
  await assert.rejects(Array.fromAsync(bob!.value.incoming), { code: "PROTOCOL" });
});

Deno.test("secureLink() goes over a bad stream of a simulated network, until that is cut", async () => {
  const clock = new VirtualClock();
  const conditions = { delayMs: 50, jitterMs: 50, loss: 0.1, split: 0.5, bitsPerSecond: 256_000 };
  const network = createNetwork({ seed: "sealed", clock, conditions });
  const { a, b } = network.connect("ann", "bob", { kind: "stream" });
  const opening = Promise.all([secured(a, { initiator: true, clock }), secured(b, { initiator: false, clock })]);
  await clock.runTo(2_000_000_000n);
  const [ann, bob] = await opening;
  const sent = Array.from({ length: 50 }, (_, i) => new Uint8Array(i * 37).fill(i));
  const got: Uint8Array[] = [];
  const reading = (async () => {
    for await (const message of bob.incoming) got.push(message);
  })();
  const cut = assert.rejects(reading, { code: "UNAVAILABLE" });
  for (const message of sent) void ann.send(message);
  await clock.runTo(30_000_000_000n);
  assert.deepEqual(got, sent);
  network.partition([["ann"]]);
  await cut;
  await assert.rejects(ann.send(Uint8Array.of(1)), { code: "UNAVAILABLE" });
  const late = network.connect("ann", "bob", { kind: "stream" });
  const refused = assert.rejects(secured(late.a, { initiator: true, clock }), { code: "TIMEOUT" });
  await clock.runTo(50_000_000_000n);
  await refused;
});

type Meddle = (bytes: Uint8Array) => Uint8Array[];

/** Two ends with somebody between them, who sees each message and says what becomes of it. */
async function meddled(options: Partial<SecureOptions>, meddle: Meddle) {
  const [near, far] = [createLinkPair({ kind: "datagrams" }), createLinkPair({ kind: "datagrams" })];
  for (const [from, to] of [[near.b, far.a], [far.a, near.b]] as const) {
    void (async () => {
      for await (const bytes of from.incoming) for (const each of meddle(bytes)) await to.send(each);
      await to.close();
    })().catch(() => to.close());
  }
  const results = await Promise.allSettled([
    secured(near.a, { ...options, initiator: true }),
    secured(far.b, { ...options, initiator: false }),
  ]);
  return { results };
}

async function pair(options: Partial<SecureOptions> = {}, meddle: Meddle = (bytes) => [bytes]) {
  const { results } = await meddled(options, meddle);
  const [ann, bob] = results.map((result) => {
    assert.equal(result.status, "fulfilled");
    return (result as PromiseFulfilledResult<SecureLink>).value;
  });
  return { ann: ann!, bob: bob! };
}

function ends(ann: Partial<SecureOptions>, bob: Partial<SecureOptions>) {
  const { a, b } = createLinkPair();
  return Promise.allSettled([secured(a, { ...ann, initiator: true }), secured(b, { ...bob, initiator: false })]);
}

function secured(link: Link, options: Partial<SecureOptions> & { initiator: boolean }): Promise<SecureLink> {
  return secureLink(link, {
    identity: options.initiator ? ANN : BOB,
    accept: () => true,
    random,
    clock: new VirtualClock(),
    ...options,
  });
}

function assertCode(result: PromiseSettledResult<unknown>, code: string): void {
  assert.equal(result.status === "rejected" ? result.reason.code : "fulfilled", code);
}

function identity(number: number): LinkIdentity {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, number)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" })).slice(-32);
  return { publicKey, sign: (bytes) => sign(null, bytes, key) };
}
