// Goal: what the mesh goes over on this machine keeps the promises of a link, bare, framed and sealed. Method: the suite,
// over connections of this machine to itself.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { framedLink, type Link, secureLink } from "../../src/link/mod.ts";
import { createWallClock, listenForMesh, openMeshLink, secretBytes, tcpTransport } from "../../src/platform/mod.ts";
import { testLink } from "../../src/testing/mod.ts";

testLink({ name: "tcp", test: Deno.test, open: tcpPair, heldAfterBytes: 16 << 20 });
testLink({
  name: "tcp framed",
  test: Deno.test,
  open: async () => {
    const { a, b } = await tcpPair();
    return { a: framedLink(a), b: framedLink(b) };
  },
  heldAfterBytes: 16 << 20,
});
testLink({
  name: "tcp secure",
  test: Deno.test,
  open: async () => {
    const { a, b } = await tcpPair();
    const [ann, bob] = await Promise.all([secured(a, 1), secured(b, 2)]);
    return { a: ann, b: bob, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
  heldAfterBytes: 16 << 20,
});

Deno.test("tcpTransport.listen() gives links until its loop is left or stopped, and then nobody answers", async () => {
  const port = await freePort();
  const stop = new AbortController();
  const listening = (async () => {
    for await (const link of tcpTransport.listen!(`tcp://127.0.0.1:${port}`, { signal: stop.signal })) {
      await link.send(Uint8Array.of(7));
      await link.close();
    }
  })();
  const address = `tcp://127.0.0.1:${port}`;
  const link = await tcpTransport.open(address);
  assert.deepEqual(await Array.fromAsync(link.incoming), [Uint8Array.of(7)]);
  await link.close();
  stop.abort();
  await listening;
  await assert.rejects(tcpTransport.open(address), { code: "UNAVAILABLE" });
  const left = (async () => {
    for await (const link of tcpTransport.listen!(address)) return await link.close();
  })();
  await (await tcpTransport.open(address)).close();
  await left;
  await assert.rejects(tcpTransport.open(address), { code: "UNAVAILABLE" });
});

Deno.test("openMeshLink() says which addresses there are, and what is missing in one", async () => {
  await assert.rejects(openMeshLink("carrier:pigeon"), { code: "CONFIG", message: /none of tcp:, / });
  await assert.rejects(openMeshLink("tcp://127.0.0.1"), { code: "CONFIG", message: /host and port/ });
  await assert.rejects(listenForMesh("serial:/dev/ttyUSB0"), { code: "CONFIG" });
  await assert.rejects(openMeshLink("tcp://127.0.0.1:9", { signal: AbortSignal.abort(new Error("no")) }), /no/);
});

async function tcpPair(): Promise<{ a: Link; b: Link }> {
  const listener = await listenForMesh("tcp://127.0.0.1:0");
  const accepted = listener.links[Symbol.asyncIterator]();
  const [a, { value: b }] = await Promise.all([openMeshLink(listener.address), accepted.next()]);
  listener.close();
  return { a, b };
}

async function freePort(): Promise<number> {
  const listener = await listenForMesh("tcp://127.0.0.1:0");
  listener.close();
  return listener.port;
}

function secured(link: Link, number: 1 | 2) {
  const der = Uint8Array.from([...Uint8Array.fromHex("302e020100300506032b657004220420"), ...secretBytes(32)]);
  const key = createPrivateKey({ key: der as never, format: "der", type: "pkcs8" });
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" })).slice(-32);
  return secureLink(link, {
    identity: { publicKey, sign: (bytes) => sign(null, bytes, key) },
    initiator: number === 1,
    accept: () => true,
    random: secretBytes,
    clock: createWallClock(),
  });
}
