import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { type Conditions, createNetwork } from "../../link/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { createFeeds } from "../sync/_meet.ts";
import { sync } from "../sync/mod.ts";
import { BlobPeer, someBytes } from "./_exchange.ts";
import { LEAF_BYTES, unitBytes } from "./tree.ts";

// Goal: an attachment of 1 MB over a link that drops every 60 s arrives with at most 5 % of it sent twice.
// Method: two peers, a simulated link with a queue of 64 KiB in front of it, a virtual clock, all of the real protocol.

const SIZE = 1_000_000;
const DROP_MS = 60_000;

interface Transfer {
  readonly contacts: number;
  readonly hours: number;
  /** Part of the attachment that was sent more than once. */
  readonly twice: number;
  /** Bytes on the air, both ways, for each byte of the attachment. */
  readonly air: number;
}

async function transfer(conditions: Conditions, maxBytes: number): Promise<Transfer> {
  const clock = new VirtualClock();
  const nowMs = () => clock.elapsedNs() / 1e6;
  const network = createNetwork({ seed: "drops", clock, conditions });
  const random = createRandom("drops");
  const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
  const ref = ann.store.put(someBytes(SIZE));
  bob.wanted = [ref];
  const feeds = [createFeeds(), createFeeds()] as const;
  let [contacts, sent] = [0, 0];
  while (!bob.store.has(ref.blob)) {
    assert.ok(++contacts < 200, "it never arrives");
    const link = network.connect("ann", "bob", { maxBytes });
    const exchanges = [ann.exchange("bob", { nowMs }), bob.exchange("ann", { nowMs })] as const;
    const options = { clock, random, isLive: true };
    const syncing = Promise.all([
      sync(feeds[0], link.a, { ...options, blobs: exchanges[0] }),
      sync(feeds[1], link.b, { ...options, blobs: exchanges[1] }),
    ]);
    for (const end = nowMs() + DROP_MS; nowMs() < end && !bob.store.has(ref.blob);) {
      const nextMs = Math.min(end, Math.max(clock.nextElapsedNs, clock.elapsedNs()) / 1e6);
      await clock.runTo(BigInt(Math.ceil(nextMs * 1e6)));
      ann.nowMs = bob.nowMs = nowMs();
    }
    link.break();
    await clock.runTo(clock.now() + 2_000_000_000n);
    await syncing;
    for (const each of exchanges) each.close();
    sent += exchanges[0].report.sentBytes;
  }
  assert.deepEqual(bob.read(ref), someBytes(SIZE));
  const once = Array.from({ length: Math.ceil(SIZE / LEAF_BYTES) }, (_, leaf) => unitBytes(SIZE, leaf))
    .reduce((sum, each) => sum + each, 0);
  return {
    contacts,
    hours: clock.elapsedNs() / 3.6e12,
    twice: (sent - once) / SIZE,
    air: network.traffic().sentBytes / SIZE,
  };
}

const LINKS = [
  { name: "3 kbit/s, 200 bytes, 0.2 s", bitsPerSecond: 3_000, delayMs: 200, maxBytes: 200 },
  { name: "5 kbit/s, 500 bytes, 0.2 s, 3 % lost", bitsPerSecond: 5_000, delayMs: 200, loss: 0.03, maxBytes: 500 },
  { name: "5 kbit/s, 500 bytes, 1 s, 5 % lost", bitsPerSecond: 5_000, delayMs: 1000, loss: 0.05, maxBytes: 500 },
  { name: "5 kbit/s, 200 bytes, 1 s, 5 % lost", bitsPerSecond: 5_000, delayMs: 1000, loss: 0.05, maxBytes: 200 },
  { name: "20 kbit/s, 500 bytes, 0.3 s, 5 % lost", bitsPerSecond: 20_000, delayMs: 300, loss: 0.05, maxBytes: 500 },
  { name: "100 kbit/s, 500 bytes, 0.1 s", bitsPerSecond: 100_000, delayMs: 100, maxBytes: 500 },
  { name: "100 kbit/s, 500 bytes, 1.5 s", bitsPerSecond: 100_000, delayMs: 1500, maxBytes: 500 },
];

for (const { name, maxBytes, ...conditions } of LINKS) {
  Deno.test(`A10: 1 MB over a link that drops every minute is sent once, and little of it twice: ${name}`, async () => {
    const { contacts, hours, twice, air } = await transfer(conditions, maxBytes);
    const percent = (part: number) => `${(100 * part).toFixed(2)} %`;
    console.log(
      `${contacts} contacts, ${hours.toFixed(2)} h, ${percent(twice)} twice, ${air.toFixed(3)} bytes on the air a byte`,
    );
    assert.ok(twice >= 0 && twice <= 0.05, `${percent(twice)} was sent twice`);
  });
}
