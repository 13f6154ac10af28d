import assert from "node:assert/strict";
import fc from "fast-check";
import { listPorts } from "./serial_ports.ts";
import { formatSettings, readAddress, readSettings, type Settings, sttyArguments } from "./serial_settings.ts";

Deno.test("readSettings() has 9600 8N1 without flow control, unless told otherwise", () => {
  const plain: Settings = { port: "/dev/x", baud: 9600, dataBits: 8, parity: "none", stopBits: 1, flow: "none" };
  assert.deepEqual(readSettings({ port: "/dev/x", reconnect: true }), plain);
});

Deno.test("readSettings() and readAddress() name the value that is wrong, with code CONFIG", () => {
  const wrong: readonly (readonly [run: () => unknown, message: RegExp])[] = [
    [() => readSettings({}), /port is undefined/],
    [() => readSettings({ port: "-F" }), /port is "-F"/],
    [() => readSettings({ port: "x", baud: 0 }), /baud is 0, not 1 to/],
    [() => readSettings({ port: "x", baud: "raw" }), /baud is "raw"/],
    [() => readSettings({ port: "x", parity: "mark" }), /parity is "mark", not none, even, odd/],
    [() => readSettings({ port: "x", dataBits: 9 }), /dataBits is 9/],
    [() => readSettings({ port: "x", stopBits: 1.5 }), /stopBits is 1\.5/],
    [() => readAddress("tcp://x"), /not serial:PORT/],
    [() => readAddress("serial:/dev/x?bauds=3"), /"bauds" is none of baud/],
    [() => readAddress("serial:/dev/x?baud="), /baud is ""/],
  ];
  for (const [run, message] of wrong) assert.throws(run, { code: "CONFIG", message });
});

Deno.test("sttyArguments() asks for what the settings say", () => {
  const asked = (config: object) => sttyArguments(readSettings({ port: "/dev/x", ...config })).join(" ");
  assert.match(asked({ baud: 4800 }), /^-F \/dev\/x 4800 raw .* cs8 -parenb -cstopb -crtscts -ixon -ixoff clocal /);
  assert.match(asked({ dataBits: 7, parity: "even", stopBits: 2 }), / cs7 parenb -parodd cstopb /);
  assert.match(asked({ parity: "odd", flow: "hardware" }), / parenb parodd .* crtscts -ixon /);
  assert.match(asked({ flow: "software" }), / -crtscts ixon ixoff /);
  assert.match(asked({ port: "/dev/cu.usbserial-1" }), /^-f /);
});

const settings: fc.Arbitrary<Settings> = fc.record<Settings>({
  port: fc.string({ maxLength: 20 }).map((name) => `/dev/${name.replace(/[?#\0]/g, "")}`),
  baud: fc.integer({ min: 1, max: 4_000_000 }),
  dataBits: fc.constantFrom(5, 6, 7, 8),
  parity: fc.constantFrom("none", "even", "odd"),
  stopBits: fc.constantFrom(1, 2),
  flow: fc.constantFrom("none", "hardware", "software"),
}, { noNullPrototype: true });

Deno.test("readAddress() reads what formatSettings() writes", () => {
  fc.assert(fc.property(settings, (each) => assert.deepEqual(readAddress(formatSettings(each)), each)));
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
