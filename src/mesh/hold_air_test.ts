import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createLinkPair, createNetwork, type Link } from "../link/mod.ts";
import { createRandom } from "../random/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { holdAir } from "./hold_air.ts";
import { Replica } from "./replica.ts";

const names = ["base", "ben", "ana"];

/** Three machines that hear each other on 1,200 bits a second, and what each of them has said. */
function createAir({ bytesPerSecond }: { readonly bytesPerSecond?: number } = {}) {
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16), writers: "anybody" } as const;
  const network = createNetwork({ seed: "1", clock });
  const join = network.medium({ maxBytes: 120, conditions: { bitsPerSecond: 1200 } });
  const stop = new AbortController();
  const said: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  const peers = names.map((name) => new Replica({ info, key: testKey(name), clock }));
  const begin = () =>
    peers.map((replica, i) => {
      const link = join(names[i]!);
      const heard: Link = Object.assign(Object.create(link), {
        incoming: link.incoming,
        maxBytes: link.maxBytes,
        kind: link.kind,
        name: link.name,
        close: () => link.close(),
        [Symbol.asyncDispose]: () => link.close(),
        send: (bytes: Uint8Array) => {
          said.push({ atMs: Number(clock.now() / 1_000_000n) - START_MS, bytes });
          return link.send(bytes);
        },
      });
      const random = createRandom(names[i]!);
      return holdAir(replica, heard, { clock, random, signal: stop.signal, ...(bytesPerSecond && { bytesPerSecond }) });
    });
  const run = async (seconds: number) => {
    for (let i = 0; i < 10 * seconds; i++) {
      await clock.runTo(clock.now() + 100_000_000n);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { peers, begin, run, said, stop, lost: () => network.traffic().lost };
}

const set = (record: string) => ({ kind: "field.set", record, field: "status", value: "OPEN" } as const);

Deno.test("S15 three replicas on one channel come to have the same, and a part is said again only when one was lost", async () => {
  const { peers: [base, ben, ana], begin, run, said, stop, lost } = createAir();
  base!.write(set("R-1"));
  ben!.write(set("R-2"));
  const holding = begin();
  await run(60);
  for (const each of [ben!, ana!]) assert.deepEqual(each.view.canonical(), base!.view.canonical());
  ana!.write(set("R-3"));
  await run(60);
  for (const each of [ben!, ana!]) assert.deepEqual(each.view.canonical(), base!.view.canonical());
  const parts = said.filter(({ bytes }) => bytes[0] === 0x43).map(({ bytes }) => bytes.toHex());
  // Each of the three runs takes two packets.
  assert.equal(new Set(parts).size, 6);
  assert.ok(parts.length - 6 <= lost(), `${parts.length} parts, ${lost()} lost`);
  stop.abort();
  assert.deepEqual(await Promise.all(holding), [2, 2, 2]);
});

Deno.test("S15 what is said in a minute stays within the bytes that are allowed", async () => {
  const { peers: [base], begin, run, said, stop } = createAir({ bytesPerSecond: 2 });
  for (let i = 0; i < 40; i++) base!.write({ ...set(`R-${i}`), value: createRandom(`${i}`).next() });
  const holding = begin();
  await run(300);
  stop.abort();
  await Promise.all(holding);
  const own = said.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // What three may say in five minutes and the one before, and a packet more of each.
  assert.ok(own > 300 && own <= 3 * (2 * 360 + 120), `${own}`);
});

Deno.test("holdAir() says what is wrong with a link, and closes it when it breaks or ends", async () => {
  const { peers: [base] } = createAir();
  const clock = new VirtualClock();
  const options = { clock, random: createRandom("1"), signal: new AbortController().signal };
  await assert.rejects(holdAir(base!, createLinkPair().a, options), { code: "CONFIG", message: /it is a stream/ });
  const short = createLinkPair({ kind: "datagrams", maxBytes: 40 });
  await assert.rejects(holdAir(base!, short.a, options), { code: "CONFIG", message: /less than 64 bytes/ });
  const broken = createLinkPair({ kind: "datagrams" });
  const holding = holdAir(base!, broken.a, options);
  broken.break();
  await assert.rejects(holding, { code: "UNAVAILABLE" });
  const ended = createLinkPair({ kind: "datagrams" });
  const gone = holdAir(base!, ended.a, options);
  await ended.b.close();
  assert.equal(await gone, 0);
});
