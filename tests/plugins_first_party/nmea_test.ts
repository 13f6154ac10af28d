import assert from "node:assert/strict";
import nmea, { type Fix, type Problem } from "../../plugins/nmea/mod.ts";
import { startNode } from "./_node.ts";

const outputs = ["fixes", "problems"];
const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("nmea fixes: reads bytes cut anywhere, reports what is damaged, and goes on", async () => {
  await using node = startNode(nmea, "fixes", { inputs: ["sentences"], outputs });
  const stream = [
    "FE,E,1,08*47", // the stream began in the middle of a sentence
    "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
    "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47",
    "$GPGGA,123520,4807.038,N,01131.000,E,1,08,0.9,545.5,M,46.9,M,,*47",
    "$GPGLL,4916.45,N,12311.12,W,225444,A,*1D",
  ].join("\r\n") + "\r\n";
  for (let at = 0; at < stream.length; at += 7) node.send("sentences", encode(stream.slice(at, at + 7)));
  node.end("sentences");
  await node.done;
  const [first, second] = node.published("fixes") as readonly Fix[];
  assert.equal(first!.timeNs, BigInt(Date.UTC(1994, 2, 23, 12, 35, 19)) * 1_000_000n);
  assert.equal(first!.altitude, 545.4);
  assert.equal(second!.longitude, -123 - 11.12 / 60);
  const problems = node.published("problems") as readonly Problem[];
  assert.deepEqual(problems.map(({ reason, count }) => [count, reason]), [
    [1, "it is not of the form $…*hh"],
    [2, "its checksum is 47, its characters have 4C"],
  ]);
  assert.match(await node.said(/2 sentences/), /could not be used/);
});

Deno.test("nmea fixes: takes lines of text, and says what is no text", async () => {
  await using node = startNode(nmea, "fixes", { inputs: ["sentences"], outputs, config: { checksum: "optional" } });
  node.send("sentences", "$GPGLL,4916.45,N,12311.12,W,225444,A", { a: 1 }, null);
  node.end("sentences");
  await node.done;
  assert.equal(node.published("fixes").length, 1);
  assert.deepEqual((node.published("problems") as readonly Problem[]).map(({ reason }) => reason), [
    "a message is object, not text or bytes",
    "a message is null, not text or bytes",
  ]);
});
