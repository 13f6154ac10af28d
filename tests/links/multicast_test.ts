// Goal: peers in one network find each other. Method: several on this machine, in a group of the loopback alone.
import assert from "node:assert/strict";
import { type BeaconOptions, type Beacons, openBeacons } from "../../src/platform/mod.ts";

// Groups of loopback are there on Linux only.
const ignore = Deno.build.os !== "linux";
const lanTest = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore, fn });

lanTest("openBeacons() hears the others in the group, and not itself", async () => {
  const options = { ...here(), servicePort: 4242 };
  await using ann = await openBeacons(options);
  await using bob = await openBeacons({ ...options, servicePort: 0 });
  await using eve = await openBeacons(options);
  await ann.announce(Uint8Array.of(1, 2, 3));
  const expected = { host: "127.0.0.1", port: 4242, payload: Uint8Array.of(1, 2, 3) };
  assert.deepEqual(await next(bob), expected);
  assert.deepEqual(await next(eve), expected);
  await bob.announce(new Uint8Array(0));
  assert.deepEqual(await next(ann), { host: "127.0.0.1", port: 0, payload: new Uint8Array(0) });
});

lanTest("openBeacons() passes over what is no beacon", async () => {
  const options = here();
  await using ann = await openBeacons(options);
  await using bob = await openBeacons(options);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to = { transport: "udp", hostname: options.group, port: options.port } as const;
  for (const wrong of [[], [0x54, 0x4d, 1], [0x54, 0x4d, 2, 0, 0, 0, 0, 0, 1], Array(9).fill(7), Array(300).fill(1)]) {
    await socket.send(Uint8Array.from(wrong), to);
  }
  socket.close();
  await bob.announce(Uint8Array.of(9));
  assert.deepEqual((await next(ann)).payload, Uint8Array.of(9));
});

lanTest("Beacons.announce() takes 32 bytes and no more, and nothing after close()", async () => {
  const options = here();
  const [ann, bob] = [await openBeacons(options), await openBeacons(options)];
  await assert.rejects(ann.announce(new Uint8Array(33)), { code: "TOO_LARGE" });
  await ann.announce(new Uint8Array(32).fill(5));
  assert.deepEqual((await next(bob)).payload, new Uint8Array(32).fill(5));
  const waiting = Array.fromAsync(bob.heard);
  for (const each of [ann, bob, ann]) await each.close();
  assert.deepEqual(await waiting, []);
  await assert.rejects(ann.announce(Uint8Array.of(1)), { code: "CLOSED" });
});

lanTest("openBeacons() says UNAVAILABLE where no network lets it in", async () => {
  await assert.rejects(openBeacons({ ...here(), interfaces: ["203.0.113.9"] }), { code: "UNAVAILABLE" });
});

function here(): Required<Pick<BeaconOptions, "group" | "port" | "interfaces">> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return { group: "239.255.116.77", port, interfaces: ["127.0.0.1"] };
}

async function next({ heard }: Beacons) {
  for await (const beacon of heard) return beacon;
  throw new Error("nothing was heard");
}
