import assert from "node:assert/strict";
import fc from "fast-check";
import { channelOfFile, indexPathOf, logFileName } from "./names.ts";

Deno.test("F15 logFileName() keeps letters, digits, _, - and inner dots, and escapes the rest", () => {
  const names: Record<string, string> = {
    gps: "gps.blog",
    "Gps_2-x.raw": "Gps_2-x.raw.blog",
    "../esc": "%2E.%2Fesc.blog",
    "..": "%2E..blog",
    ".hidden": "%2Ehidden.blog",
    "a/b\\c": "a%2Fb%5Cc.blog",
    "°C": "%C2%B0C.blog",
    "~events": "%7Eevents.blog",
    "50%": "50%25.blog",
    "": "%.blog",
    con: "%63on.blog",
    "COM1.x": "%43OM1.x.blog",
    console: "console.blog",
  };
  for (const [channel, file] of Object.entries(names)) assert.equal(logFileName(channel), file);
});

Deno.test("F15 logFileName() cuts long names and tells them apart by a checksum", () => {
  const [one, two] = [logFileName("x".repeat(5000)), logFileName("x".repeat(4999) + "y")];
  assert.ok(one.length <= 125 && two.length <= 125);
  assert.notEqual(one, two);
  assert.ok(logFileName("ü".repeat(300)).length <= 125);
});

Deno.test("F15 logFileName() numbers a name that differs from another by upper and lower case alone", () => {
  assert.equal(logFileName("Gps", ["gps.blog"]), "Gps-2.blog");
  assert.equal(logFileName("GPS", ["gps.blog", "Gps-2.blog", "gps.idx"]), "GPS-3.blog");
});

const anyText = fc.array(fc.oneof(fc.nat(0x10ffff), fc.nat(127)), { maxLength: 30 }).map((all) =>
  String.fromCodePoint(...all)
);

Deno.test("F15 a file name never leads out of its folder and can be read back", () => {
  fc.assert(fc.property(anyText, (channel) => {
    const file = logFileName(channel);
    assert.match(file, /^[A-Za-z0-9_%-][A-Za-z0-9_.%-]*\.blog$/);
    if (channel !== "" && file.length < 120) assert.equal(channelOfFile(file, "raw"), channel.toWellFormed());
  }));
});

Deno.test("channelOfFile() takes names of the Python original, and what was not escaped, as they are", () => {
  assert.equal(channelOfFile("a%20b.blog", "python"), "a%20b");
  assert.equal(channelOfFile("100%.blog", "raw"), "100%");
  assert.equal(indexPathOf("run/a.blog"), "run/a.idx");
});
