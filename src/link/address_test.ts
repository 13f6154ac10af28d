import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { formatAddress, type LinkAddress, parseAddress } from "./address.ts";

Deno.test("parseAddress() takes addresses of machines and of devices apart", () => {
  const samples: readonly (readonly [text: string, address: Partial<LinkAddress>])[] = [
    ["tcp://127.0.0.1:10110", { scheme: "tcp", host: "127.0.0.1", port: 10110 }],
    ["TCP://boat.local", { scheme: "tcp", host: "boat.local" }],
    ["tcp://[::1]:80/x", { scheme: "tcp", host: "::1", port: 80, path: "/x" }],
    ["serial:/dev/ttyUSB0?baud=4800&parity=e", {
      scheme: "serial",
      path: "/dev/ttyUSB0",
      options: { baud: "4800", parity: "e" },
    }],
    ["serial:COM3", { scheme: "serial", path: "COM3" }],
    ["udp://239.1.1.1:5000?ttl=2", { scheme: "udp", host: "239.1.1.1", port: 5000, options: { ttl: "2" } }],
    ["mqtt://me:a%3Ab@host:1883/a/b", {
      scheme: "mqtt",
      host: "host",
      port: 1883,
      user: "me",
      password: "a:b",
      path: "/a/b",
    }],
  ];
  for (const [text, address] of samples) {
    assert.deepEqual(parseAddress(text), { path: "", options: {}, ...address }, text);
  }
});

Deno.test("parseAddress() says what is wrong, and shows no password", () => {
  const wrong: readonly (readonly [text: string, why: RegExp])[] = [
    ["", /does not begin with a scheme/],
    ["/dev/ttyUSB0", /does not begin with a scheme/],
    ["tcp://", /does not say which machine/],
    ["tcp://:80", /does not say which machine/],
    ["tcp://host:99999", /its port is 99999/],
    ["tcp://host:port", /its machine is not/],
    ["tcp://::1:80", /its machine is not/],
    ["tcp://ho st:80", /a space/],
    ["tcp://host:80\n", /a space or a control character/],
    ["tcp://host:80#x", /a #/],
    ["serial:/dev/tty?baud=1&baud=2", /"baud" twice/],
    ["serial:/dev/%ff", /UTF-8/],
    [`serial:${"x".repeat(5000)}`, /longer than 4096/],
    ["mqtt://me:secret@:1", /which machine/],
  ];
  for (const [text, why] of wrong) {
    assert.throws(() => parseAddress(text), (error) => {
      assert.ok(isTinmanError(error, "CONFIG"), text);
      assert.match(error.message, why);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

const word = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/^\s|\s$/.test(text));
const addresses = fc.record({
  scheme: fc.constantFrom("tcp", "udp", "mqtt"),
  host: fc.oneof(fc.ipV4(), fc.ipV6().filter((ip) => ip.includes(":")), fc.domain()),
  port: fc.nat(65535),
  user: word,
  path: fc.webPath().map((path) => (path.startsWith("/") || path === "" ? "" : "/") + decodeURIComponent(path)),
  options: fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true }),
}, { noNullPrototype: true });

Deno.test("parseAddress() reads what formatAddress() writes", () => {
  fc.assert(fc.property(addresses, (address) => {
    assert.deepEqual(parseAddress(formatAddress(address)), address);
  }));
});

Deno.test("formatAddress() leaves the password out", () => {
  assert.equal(formatAddress(parseAddress("mqtt://me:secret@host:1883/a?b=c")), "mqtt://me@host:1883/a?b=c");
});

Deno.test("parseAddress() reads any text or says CONFIG", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string().map((text) => `tcp://${text}`)), (text) => {
    try {
      parseAddress(text);
    } catch (error) {
      assert.ok(isTinmanError(error, "CONFIG"));
    }
  }));
});
