import assert from "node:assert/strict";
import { startBrokerProcess } from "./_broker.ts";
import { hasKcat } from "./_kcat.ts";

const test = (name: string, run: () => Promise<void>) =>
  Deno.test({ name: hasKcat ? name : `${name} (skipped: kcat is not installed)`, ignore: !hasKcat, fn: run });

test("kcat: lists, produces with every compression, and consumes", async () => {
  await using broker = await startBrokerProcess(["--partitions", "2"]);
  for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
    await kcat(broker.bootstrap, ["-P", "-t", "t", "-p", "0", "-K", ":", "-z", codec], `${codec}:1\n${codec}:2\n`);
  }
  const listed = await kcat(broker.bootstrap, ["-L"]);
  assert.match(listed, /1 topics:\n {2}topic "t" with 2 partitions/);
  const all = await kcat(broker.bootstrap, ["-C", "-t", "t", "-o", "beginning", "-e", "-q", "-f", "%p %o %k %s\\n"]);
  const expected = ["none", "gzip", "snappy", "lz4", "zstd"].flatMap((codec, i) => [
    `0 ${2 * i} ${codec} 1`,
    `0 ${2 * i + 1} ${codec} 2`,
  ]);
  assert.deepEqual(all.trimEnd().split("\n"), expected);
});

test("kcat: headers, null values, offsets by time, from the end, idempotence", async () => {
  await using broker = await startBrokerProcess();
  await kcat(broker.bootstrap, ["-P", "-t", "t", "-H", "a=1", "-X", "enable.idempotence=true"], "one\n");
  await kcat(broker.bootstrap, ["-P", "-t", "t", "-Z", "-K", ":"], "gone:\n");
  const read = ["-C", "-t", "t", "-e", "-q", "-f", "%o [%k] %S [%h]\\n"];
  assert.equal(await kcat(broker.bootstrap, [...read, "-o", "beginning"]), "0 [] 3 [a=1]\n1 [gone] -1 []\n");
  assert.equal(await kcat(broker.bootstrap, [...read, "-o", "-1"]), "1 [gone] -1 []\n");
  assert.equal((await kcat(broker.bootstrap, [...read, "-o", "s@1"])).split("\n").length, 3);
  assert.equal(await kcat(broker.bootstrap, [...read, "-o", "s@99999999999999"]), "");
  assert.match(await kcat(broker.bootstrap, ["-Q", "-t", "t:0:-1"]), /t \[0\] offset 2/);
});

test("kcat: a group commits and goes on", async () => {
  await using broker = await startBrokerProcess();
  const group = ["-G", "g", "-X", "auto.offset.reset=earliest", "-e", "-q", "t"];
  await kcat(broker.bootstrap, ["-P", "-t", "t"], "a\nb\n");
  assert.equal(await kcat(broker.bootstrap, group), "a\nb\n");
  await kcat(broker.bootstrap, ["-P", "-t", "t"], "c\n");
  assert.equal(await kcat(broker.bootstrap, group), "c\n");
});

async function kcat(bootstrap: string, args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command("kcat", {
    args: ["-b", bootstrap, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Who only lists does not read what it is given.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
