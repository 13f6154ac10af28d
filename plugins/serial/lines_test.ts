import assert from "node:assert/strict";
import fc from "fast-check";
import { Lines } from "./lines.ts";
import { listPorts } from "./list.ts";

Deno.test("Lines does not depend on how the bytes are cut, not even inside a character", () => {
  const bytes = new TextEncoder().encode("eins\r\nzwei\rdrei\n\nfünf ☃\nrest");
  fc.assert(fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
    const lines = new Lines(100);
    const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    const got = at.slice(1).flatMap((end, i) => lines.push(bytes.subarray(at[i], end)));
    assert.deepEqual(got, ["eins", "zwei", "drei", "fünf ☃"]);
  }));
});

Deno.test("Lines cuts a line that is too long, and goes on behind it", () => {
  const lines = new Lines(4);
  assert.deepEqual(
    ["123", "456", "789\nab", "\n1234\n"].flatMap((each) => lines.push(new TextEncoder().encode(each))),
    [
      "1234",
      "ab",
      "1234",
    ],
  );
});

Deno.test("listPorts() prefers the names that stay, and names no port twice", async () => {
  const folders: Record<string, string[]> = {
    "/dev": ["null", "ttyS0", "ttyUSB0", "ttyACM3", "tty1"],
    "/dev/serial/by-id": ["usb-u-blox_GPS-if00"],
  };
  const found = await listPorts(
    (path) => Promise.resolve(folders[path] ?? []),
    () => Promise.resolve("/dev/ttyACM3"),
  );
  assert.deepEqual(found, [
    { address: "serial:/dev/serial/by-id/usb-u-blox_GPS-if00", title: "u-blox GPS-if00 (/dev/ttyACM3)" },
    { address: "serial:/dev/ttyUSB0", title: "/dev/ttyUSB0" },
  ]);
});
