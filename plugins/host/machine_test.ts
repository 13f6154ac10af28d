import assert from "node:assert/strict";
import { readCores, readDisk, readNetwork } from "./machine.ts";

Deno.test("readCores() has what each core did, without the sum of them all", () => {
  const text = "cpu  9 9 9 9\ncpu0 100 1 20 5000 7 2 3 4 0 0\ncpu1 0 0 0 1 0 0 0 0 0 0\nintr 1\n";
  assert.deepEqual(readCores(text), [{ busyMs: 1300, idleMs: 50_070 }, { busyMs: 0, idleMs: 10 }]);
});

Deno.test("readNetwork() adds up all interfaces but the loopback", () => {
  const text = `Inter-|   Receive                  |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9999 1 0 0 0 0 0 0 9999 1 0 0 0 0 0 0
  eth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0
wlan0:1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0
`;
  assert.deepEqual(readNetwork(text), { received: 101, sent: 202 });
});

Deno.test("readDisk() adds up whole disks, not their parts", () => {
  const text =
    "   8 0 sda 1 0 10 0 1 0 20 0 0 0 0\n   8 1 sda1 1 0 10 0 1 0 20 0 0 0 0\n 259 0 nvme0n1 1 0 1 0 1 0 2 0 0 0 0\n";
  assert.deepEqual(readDisk(text), { read: 11 * 512, written: 22 * 512 });
});

Deno.test("what cannot be read counts as nothing", () => {
  assert.deepEqual([readCores(""), readNetwork(""), readDisk("")], [[], { received: 0, sent: 0 }, {
    read: 0,
    written: 0,
  }]);
});
