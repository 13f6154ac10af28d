/*
 * "A torture test kills a recording process at random points at least 50 times in CI: every time the log opens, verifies,
 * and holds every frame acknowledged by `flush()`."
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createEnvironment, createRandom, isTinmanError } from "tinman";
import { openRecording, recoverRecording, verifyRecording } from "tinman/log";
import { type Child, startChild } from "./_child.ts";
import { channelNames, contentOf } from "./_content.ts";
import { temporaryFolder } from "./_folder.ts";
import { scale, seed } from "./_scale.ts";

const kills = 6 * scale;
const { files } = createEnvironment();

Deno.test(`A recording process is killed ${kills} times, and what was flushed is always there (seed ${seed})`, async () => {
  using folder = temporaryFolder();
  const random = createRandom(`${seed}`);
  const start = (n: number) => startChild("_record_forever.ts", { args: [`${folder.path}/${n}`, `${seed}/${n}`] });
  let recordings = 0;
  let next = start(0);
  for (let n = 0; n < kills; n++) {
    await using child = next;
    // The next process starts while this one works.
    if (n + 1 < kills) next = start(n + 1);
    const said = await killAfter(child, random.int(30), random.next() * 4);
    recordings += checkAll(`${folder.path}/${n}`, said);
    files.remove(`${folder.path}/${n}`);
  }
  assert.ok(recordings >= kills, `${recordings} recordings were looked at`);
});

/** Lets the process say `lines` lines more and then do something for `ms`; returns all that it said. */
async function killAfter(child: Child, lines: number, ms: number): Promise<string[]> {
  await child.waitFor("ready");
  await child.send("\n");
  const said: string[] = [];
  for (let i = 0; i < lines; i++) said.push((await child.nextLine())!);
  // Not to wait for anything: this is the random moment.
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill("SIGKILL");
  said.push(...await child.rest());
  return said;
}

/** Checks each recording below `folder` against what its process said of it; returns how many there are. */
function checkAll(folder: string, said: readonly string[]): number {
  const promised = new Map<string, { closed: boolean; counts: number[] }>();
  for (const line of said) {
    const [what, name, counts] = line.split(" ");
    promised.set(name!, { closed: what === "closed", counts: counts!.split(",").map(Number) });
  }
  const names = files.list(folder);
  for (const name of promised.keys()) assert.ok(names.includes(name), `recording ${name} is gone`);
  for (const name of names) check(`${folder}/${name}`, promised.get(name));
  return names.length;
}

function check(folder: string, promised: { closed: boolean; counts: number[] } | undefined): void {
  if (promised === undefined && !isThere(folder)) return;
  const counts = countWhole(folder);
  channelNames.forEach((name, channel) => {
    const least = promised?.counts[channel] ?? 0;
    const there = counts.get(name) ?? 0;
    assert.ok(there >= least, `${folder}: "${name}" has ${there} values, ${least} were flushed`);
    if (promised?.closed) assert.equal(there, least);
  });
  const { ok, findings } = verifyRecording(files, folder);
  assert.ok(ok, `${folder}: ${JSON.stringify(findings, null, 2)}`);
  if (promised?.closed) return assert.deepEqual(findings, []);

  for (const to of [`${folder} recovered`, `${folder} recovered.mcap`]) {
    assert.deepEqual(recoverRecording(files, folder, to).verify.findings, [], to);
    assert.deepEqual(countWhole(to), counts);
  }
}

/** Reads all values, each of which must be what was written as number so and so. */
function countWhole(folder: string): Map<string, number> {
  const counts = new Map<string, number>();
  using recording = openRecording(files, folder);
  let last = 0n;
  for (const { channel, index, data, timeNs } of recording.frames()) {
    assert.equal(index, counts.get(channel) ?? 0);
    const same = Buffer.compare(data, contentOf(channelNames.indexOf(channel), index)) === 0;
    assert.ok(same, `"${channel}" ${index} in ${folder} is not what was written`);
    assert.ok(timeNs > last, `time goes from ${last} to ${timeNs} in ${folder}`);
    last = timeNs;
    counts.set(channel, index + 1);
  }
  return counts;
}

/** Whether there is anything yet: the process may have been killed before the first byte of a recording. */
function isThere(folder: string): boolean {
  try {
    openRecording(files, folder).close();
    return true;
  } catch (error) {
    if (isTinmanError(error, "NOT_FOUND") || isTinmanError(error, "FOREIGN_LOG")) return false;
    throw error;
  }
}
