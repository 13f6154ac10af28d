import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, formatTime, parseDuration, parseTime, resolveTime } from "./time.ts";

const bounds = { firstNs: 1_000_000_000_000n, lastNs: 1_060_000_000_000n };
const at = (text: string) => resolveTime(parseTime(text), bounds);

Deno.test("parseDuration() takes a plain number for seconds", () => {
  assert.equal(parseDuration("10"), 10_000);
  assert.equal(parseDuration("0.5"), 500);
});

Deno.test("parseDuration() knows milliseconds, seconds, minutes, hours and days", () => {
  assert.equal(parseDuration("250ms"), 250);
  assert.equal(parseDuration("10s"), 10_000);
  assert.equal(parseDuration("5m"), 300_000);
  assert.equal(parseDuration("1.5h"), 5_400_000);
  assert.equal(parseDuration("2d"), 172_800_000);
});

Deno.test("parseDuration() adds units that follow each other", () => {
  assert.equal(parseDuration("1h30m"), 5_400_000);
  assert.equal(parseDuration("1m 30s"), 90_000);
});

Deno.test("parseDuration() does not mind spaces and capitals", () => {
  assert.equal(parseDuration("  10 S "), 10_000);
  assert.equal(parseDuration("5M"), 300_000);
});

Deno.test("parseDuration() says what it takes when it cannot read a text", () => {
  for (const text of ["", "abc", "10x", "-5s", "s", "1..5s", "10 20", "1e3"]) {
    assert.throws(() => parseDuration(text), { code: "USAGE", hint: /write 10s, 5m/ }, text);
  }
});

Deno.test("parseTime() counts from the start, from the end, or in parts", () => {
  assert.equal(at("10s"), bounds.firstNs + 10_000_000_000n);
  assert.equal(at("10"), at("10s"));
  assert.equal(at("-5s"), bounds.lastNs - 5_000_000_000n);
  assert.equal(at("50%"), bounds.firstNs + 30_000_000_000n);
  assert.equal(at("0%"), bounds.firstNs);
  assert.equal(at("100%"), bounds.lastNs);
});

Deno.test("parseTime() reads ISO 8601, and takes a time without a zone for UTC", () => {
  const noon = BigInt(Date.UTC(2026, 4, 1, 10)) * 1_000_000n;
  assert.equal(at("2026-05-01T10:00Z"), noon);
  assert.equal(at("2026-05-01T10:00"), noon);
  assert.equal(at("2026-05-01 10:00:00"), noon);
  assert.equal(at("2026-05-01T12:00+02:00"), noon);
  assert.equal(at("2026-05-01T12:00:00+0200"), noon);
  assert.equal(at("2026-05-01T10:00:00.000000007Z"), noon + 7n);
  assert.equal(at("2026-05-01"), noon - 36_000_000_000_000n);
});

Deno.test("parseTime() reads nanoseconds since 1970", () => {
  assert.equal(at("@1777629600000000001"), 1777629600000000001n);
});

Deno.test("parseTime() says what it takes when it cannot read a text", () => {
  for (const text of ["", "soon", "101%", "@", "@-1", "2026-13-01T10:00Z", "2026-05-01T25:00Z", "--5s", "-"]) {
    assert.throws(() => parseTime(text), { code: "USAGE", hint: /tinman help time/ }, text);
  }
});

Deno.test("parseTime() reads what formatTime() prints, for any 64-bit time", () => {
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (ns) => {
    assert.deepEqual(parseTime(formatTime(ns)), { kind: "at", ns });
  }));
});

Deno.test("formatDuration() has the two units that matter", () => {
  assert.deepEqual([0, 850, 12_340, 59_949, 59_951, 125_000, 12_000_000].map(formatDuration), [
    "0 ms",
    "850 ms",
    "12.3 s",
    "59.9 s",
    "1m00s",
    "2m05s",
    "3h20m",
  ]);
});
