import assert from "node:assert/strict";
import fc from "fast-check";
import { sentenceCodec } from "./codec.ts";
import { checksumOf, formatSentence, MAX_LINE, parseSentence, type Sentence } from "./sentence.ts";

const gll = "$GPGLL,4916.45,N,12311.12,W,225444,A,*1D";

Deno.test("parseSentence() takes a sentence apart, of any talker", () => {
  assert.deepEqual(parseSentence(gll), {
    start: "$",
    talker: "GP",
    type: "GLL",
    fields: ["4916.45", "N", "12311.12", "W", "225444", "A", ""],
  });
  const own = parseSentence("$PGRMZ,93,f,3*21\r\n") as Sentence;
  assert.deepEqual([own.talker, own.type], ["P", "GRMZ"]);
  const ais = parseSentence("!AIVDM,1,1,,A,14eG;o@034o8sd<L9i:a;WF>062D,0*7D") as Sentence;
  assert.deepEqual([ais.start, ais.type, ais.fields.length], ["!", "VDM", 6]);
});

Deno.test("parseSentence() passes over a tag block", () => {
  assert.deepEqual(parseSentence(`\\s:rooftop,c:1577836800*6B\\${gll}`), parseSentence(gll));
});

Deno.test("parseSentence() says why a line is not a sentence", () => {
  const reasons: readonly (readonly [line: string, reason: RegExp])[] = [
    ["", /not of the form/],
    ["GPGLL,1*00", /not of the form/],
    [gll.slice(0, -3), /no checksum/],
    [gll.replace("49", "48"), /its checksum is 1D, its characters have 1C/],
    [gll.slice(0, -1), /its checksum is 1, /],
    [`${gll.slice(0, 20)}\x07${gll.slice(20)}`, /not of the form/],
    [gll + gll, /its checksum is/],
    ["$" + "A".repeat(MAX_LINE), /longer than 1024/],
    [`$gpgll,1*${checksumOf("gpgll,1")}`, /begins with "gpgll"/],
  ];
  for (const [line, reason] of reasons) assert.match(String(parseSentence(line)), reason, line);
});

Deno.test("parseSentence() takes a sentence without a checksum where that is allowed, but never a wrong one", () => {
  assert.equal(typeof parseSentence(gll.slice(0, -3), { checksum: "optional" }), "object");
  assert.match(String(parseSentence(gll.replace("49", "48"), { checksum: "optional" })), /its checksum/);
});

const sentences: fc.Arbitrary<Sentence> = fc.record<Sentence>({
  start: fc.constantFrom("$" as const, "!" as const),
  talker: fc.constantFrom("GP", "GN", "AI", "P"),
  type: fc.constantFrom("GGA", "RMC", "VDM", "GRMZ"),
  fields: fc.array(
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((each) => String.fromCharCode(each)), maxLength: 20 }),
    {
      maxLength: 12,
    },
  ),
}, { noNullPrototype: true });

Deno.test("the codec gives back every sentence, reserved characters too", () => {
  fc.assert(fc.property(sentences, (sentence) => {
    assert.deepEqual(sentenceCodec.decode(sentenceCodec.encode(sentence)), sentence);
  }));
});

Deno.test("the codec reads any bytes or says why not", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try {
      sentenceCodec.decode(bytes);
    } catch (error) {
      assert.match((error as Error).message, /^Cannot read sentence: /);
    }
  }));
});

Deno.test("formatSentence() refuses what would not come back", () => {
  const sentence: Sentence = { start: "$", talker: "GP", type: "GGA", fields: [] };
  for (
    const wrong of [{ talker: "G" }, { talker: "gp" }, { type: "" }, { talker: "PG", type: "RMZ" }, { fields: ["→"] }]
  ) {
    assert.throws(() => formatSentence({ ...sentence, ...wrong }), TypeError, JSON.stringify(wrong));
  }
  assert.throws(() => formatSentence({ ...sentence, fields: ["x".repeat(MAX_LINE)] }), RangeError);
});
