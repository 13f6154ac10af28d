// `deno test` has no datagrams unless told, as they are unstable in Deno; plugins get them from tinman.
import assert from "node:assert/strict";
import udp from "../../plugins/udp/mod.ts";
import { testLink } from "../../src/testing/mod.ts";
import { startNode } from "./_node.ts";

const ignore = !("listenDatagram" in Deno);
const { open } = udp.transports.udp;
const encode = (text: string) => new TextEncoder().encode(text);
const udpTest = (name: string, fn: () => void | Promise<void>) => Deno.test({ name, ignore, fn });

testLink({
  name: "udp",
  test: udpTest,
  tellsEnd: false,
  open: async () => {
    const [first, second] = [freePort(), freePort()];
    const a = await open(`udp://127.0.0.1:${second}?bind=127.0.0.1:${first}`);
    return { a, b: await open(`udp://127.0.0.1:${first}?bind=127.0.0.1:${second}`) };
  },
});

udpTest("udp: a link reads what its peer sends, and not what others do", async () => {
  const [mine, theirs] = [freePort(), freePort()];
  await using link = await open(`udp://127.0.0.1:${theirs}?bind=127.0.0.1:${mine}`);
  await using stranger = await open(`udp://127.0.0.1:${mine}`);
  await using peer = await open(`udp://127.0.0.1:${mine}?bind=127.0.0.1:${theirs}`);
  await stranger.send(encode("stranger"));
  await peer.send(encode("peer"));
  const { value } = await link.incoming[Symbol.asyncIterator]().next();
  assert.equal(new TextDecoder().decode(value), "peer");
});

udpTest("udp: what it cannot read or open is refused by name", async () => {
  await assert.rejects(open("udp://nowhere"), { code: "CONFIG" });
  await assert.rejects(open("udp://127.0.0.1:1?ttl=3"), {
    code: "CONFIG",
    message: /"ttl" is neither bind nor interface/,
  });
  await assert.rejects(open("udp://127.0.0.1:1?bind=192.0.2.1:5"), {
    code: "UNAVAILABLE",
    message: /Cannot listen on/,
  });
});

udpTest("udp receive and send: datagrams stay whole, and say who sent them", async () => {
  await using receive = startNode(udp, "receive", {
    config: { address: "127.0.0.1:0" },
    outputs: ["bytes", "datagrams"],
  });
  const address = (await receive.said(/Listening/)).split("udp://").at(-1)!;
  await using send = startNode(udp, "send", { config: { address }, inputs: ["bytes"] });
  send.send("bytes", encode("one"), new Uint8Array(0), new Uint8Array(60_000).fill(7));
  const got = await receive.until("bytes", 3) as Uint8Array[];
  assert.deepEqual(got.map(({ length }) => length), [3, 0, 60_000]);
  const [first] = await receive.until("datagrams", 3) as { peer: string; bytes: Uint8Array }[];
  assert.match(first!.peer, /^udp:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(first!.bytes, encode("one"));
  send.send("bytes", new Uint8Array(65_508));
  await assert.rejects(send.done, { code: "TOO_LARGE" });
});

udpTest("udp receive: two may be in one group, and both get what is sent to it", async () => {
  const port = freePort();
  const config = { address: `0.0.0.0:${port}`, group: "239.255.77.1", interface: "127.0.0.1" };
  await using one = startNode(udp, "receive", { config, outputs: ["bytes"] });
  await using two = startNode(udp, "receive", { config, outputs: ["bytes"] });
  await Promise.all([one, two].map((node) => node.said(/Listening .* to 239/)));
  await using link = await open(`udp://239.255.77.1:${port}?bind=127.0.0.1:0&interface=127.0.0.1`);
  await link.send(encode("to all"));
  for (const node of [one, two]) assert.deepEqual(await node.until("bytes", 1), [encode("to all")]);
  await using wrong = startNode(udp, "receive", { config: { ...config, group: "10.0.0.1" }, outputs: [] });
  await assert.rejects(wrong.done, { code: "CONFIG", message: /not a multicast address/ });
});

function freePort(): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}
