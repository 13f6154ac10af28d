import assert from "node:assert/strict";
import fc from "fast-check";
import { type Fix, FixBuilder } from "./fix.ts";
import { Lines } from "./lines.ts";
import { checksumOf, parseSentence, type Sentence } from "./sentence.ts";

Deno.test("FixBuilder puts the sentences of one time into one fix, in SI units", () => {
  const [fix] = fixesOf([
    "GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W",
    "GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,",
    "GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1",
    "GPGSV,2,1,08,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45",
    "GLGSV,1,1,03,65,40,083,46,66,17,308,41,67,07,344,39",
    "GPVTG,084.4,T,077.8,M,022.4,N,041.5,K",
  ]);
  assert.deepEqual(fix, {
    timeNs: BigInt(Date.UTC(1994, 2, 23, 12, 35, 19)) * 1_000_000n,
    timeOfDayMs: 45_319_000,
    valid: true,
    latitude: 48 + 7.038 / 60,
    longitude: 11 + 31 / 60,
    altitude: 545.4,
    geoidSeparation: 46.9,
    speed: 22.4 * (1852 / 3600),
    course: 84.4,
    quality: 1,
    mode: 3,
    satellitesUsed: 8,
    satellitesInView: 11,
    pdop: 2.5,
    hdop: 0.9,
    vdop: 2.1,
  });
});

Deno.test("FixBuilder has west and south negative, and nulls for what was not said", () => {
  const [fix] = fixesOf(["GNGLL,4916.45,S,12311.12,W,225444.50,A,A"]);
  assert.deepEqual([fix!.latitude, fix!.longitude, fix!.timeOfDayMs], [
    -49 - 16.45 / 60,
    -123 - 11.12 / 60,
    82_484_500,
  ]);
  assert.deepEqual([fix!.timeNs, fix!.altitude, fix!.speed, fix!.satellitesInView], [null, null, null, null]);
});

Deno.test("FixBuilder learns which sentence is the last of an epoch, and then gives the fix with it", () => {
  const builder = new FixBuilder();
  const given = [0, 1, 2].flatMap((second) => [gga(second), rmc(second), gll(second)]).map((body) =>
    builder.push(sentence(body)).length
  );
  assert.deepEqual(given, [0, 0, 0, /* the first fix */ 1, 0, 1, 0, 0, 1]);
  assert.equal(builder.end().length, 0);
});

Deno.test("FixBuilder takes another last sentence when the one it knew stays away, not when one line is damaged", () => {
  const builder = new FixBuilder();
  const push = (...bodies: string[]) => bodies.map((body) => builder.push(sentence(body)).length);
  push(gga(0), rmc(0), gga(1), rmc(1));
  assert.deepEqual(push(gga(2)), [0], "the RMC is damaged");
  assert.deepEqual(push(gga(3), rmc(3)), [1, 1]);
  assert.deepEqual(push(gga(4), gga(5), gga(6), gga(7), gga(8), gga(9)), [0, 1, 1, /* learnt */ 2, 1, 1]);
});

Deno.test("FixBuilder knows the date from RMC, and goes over midnight without it", () => {
  const fixes = fixesOf(["GPRMC,235958,A,,,,,,,311299,,", "GPGGA,235959,,,,,1,,,,,,,,", "GPGGA,000000,,,,,1,,,,,,,,"]);
  assert.deepEqual(fixes.map(time), [
    "1999-12-31T23:59:58.000Z",
    "1999-12-31T23:59:59.000Z",
    "2000-01-01T00:00:00.000Z",
  ]);
  const [leap, zda] = fixesOf([
    "GPRMC,235960.5,A,,,,,,,311216,,",
    "GPZDA,000000,01,01,2017,00,00",
    "GPGGA,000000,,,,,1,,,,,,,,",
  ]);
  assert.deepEqual([time(leap!), time(zda!)], ["2016-12-31T23:59:59.999Z", "2017-01-01T00:00:00.000Z"]);
});

Deno.test("FixBuilder does not call a fix valid that one sentence warns about, or that has no position", () => {
  const rmcOff = rmc(1).replace(",A,", ",V,");
  assert.deepEqual(fixesOf([gga(1), rmcOff]).map(({ valid }) => valid), [false]);
  assert.deepEqual(fixesOf(["GPGGA,000001,,,,,0,00,99.99,,,,,,"]).map(({ valid }) => valid), [false]);
});

Deno.test("FixBuilder.push() names the field that is out of range, and goes on", () => {
  const builder = new FixBuilder();
  const wrong: readonly (readonly [body: string, reason: RegExp])[] = [
    ["GPGGA,246000,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,", /its time is "246000"/],
    ["GPGGA,123519,9107.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,", /its latitude is 9107.038/],
    ["GPGGA,123519,4867.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,", /its latitude is "4867.038"/],
    ["GPGGA,123519,4807.038,X,01131.000,E,1,08,0.9,545.4,M,46.9,M,,", /its N\/S is "X"/],
    ["GPGGA,123519,4807.038,N,01131.000,E,1,1e3,0.9,545.4,M,46.9,M,,", /its satellites is "1e3"/],
    ["GPRMC,123519,A,,,,,,,310294,,", /its date is 31\.02\.1994/],
  ];
  for (const [body, reason] of wrong) assert.throws(() => builder.push(sentence(body)), reason, body);
  builder.push(sentence(gga(1)));
  assert.equal(builder.end().length, 1);
});

Deno.test("FixBuilder gives one fix for each time, whatever sentences say it", () => {
  const bodies = fc.array(fc.tuple(fc.nat(5), fc.subarray([gga, rmc, gll], { minLength: 1 })), { maxLength: 40 });
  fc.assert(fc.property(bodies, (epochs) => {
    const times = epochs.map(([step], i) =>
      epochs.slice(0, i + 1).reduce((sum, [each]) => sum + each + 1, 0) + step * 0
    );
    const fixes = fixesOf(epochs.flatMap(([, kinds], i) => kinds.map((kind) => kind(times[i]!))));
    assert.deepEqual(fixes.map(({ timeOfDayMs }) => timeOfDayMs / 1000), times);
  }));
});

Deno.test("Lines does not depend on how the bytes are cut", () => {
  const bytes = new TextEncoder().encode("one\r\ntwo\n\rthree\n\nfour");
  fc.assert(fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
    const lines = new Lines();
    const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    const got = at.slice(1).flatMap((end, i) => lines.push(bytes.subarray(at[i], end)));
    assert.deepEqual([...got, ...lines.end()], ["one", "two", "three", "four"]);
  }));
});

Deno.test("Lines gives a line without an end once, cut short, and goes on behind it", () => {
  const lines = new Lines();
  const got = [1, 2, 3].flatMap(() => lines.push(new Uint8Array(1000).fill(65)));
  assert.deepEqual(got.map(({ length }) => length), [1025]);
  assert.deepEqual(lines.push(new TextEncoder().encode("tail\nnext\n")), ["next"]);
});

function gga(second: number): string {
  return `GPGGA,${hhmmss(second)},4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,`;
}

function rmc(second: number): string {
  return `GPRMC,${hhmmss(second)},A,4807.038,N,01131.000,E,022.4,084.4,230394,,`;
}

function gll(second: number): string {
  return `GPGLL,4807.038,N,01131.000,E,${hhmmss(second)},A,A`;
}

function hhmmss(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19).replaceAll(":", "");
}

function time({ timeNs }: Fix): string {
  return new Date(Number(timeNs! / 1_000_000n)).toISOString();
}

function sentence(body: string): Sentence {
  return parseSentence(`$${body}*${checksumOf(body)}`) as Sentence;
}

function fixesOf(bodies: readonly string[]): Fix[] {
  const builder = new FixBuilder();
  return [...bodies.flatMap((body) => builder.push(sentence(body))), ...builder.end()];
}
