import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { recoverRecording, verifyRecording } from "../log/mod.ts";
import { plain, type World } from "./recording_world.ts";

type Plain = ReturnType<typeof plain>;

/** Tests of recordings that were cut or changed. */
export function testDamage({ test, everyBytes }: {
  readonly test: (promise: string, run: (world: World) => void | Promise<void>) => void;
  readonly everyBytes: number;
}): void {
  test("a file that is torn anywhere gives what is in front of it, and says so", (world) => {
    world.write(60);
    const written = readAll(world, world.path);
    for (const { path, content } of partsOf(world)) {
      for (let length = 0; length < content.length; length += everyBytes) {
        world.files.replace(path, content.subarray(0, length));
        const found = tryRead(world);
        if (found === undefined) continue;
        checkPrefixes(found.frames, written, `${path} cut at ${length}`);
        if (found.frames.length < written.length) assert.notDeepEqual(found.problems, [], `${path} cut at ${length}`);
        assert.equal(found.error, undefined, `${path} cut at ${length}`);
      }
      world.files.replace(path, content);
    }
  });

  test("a flipped bit is found wherever it is, and nothing else is ever given", (world) => {
    world.write(60);
    const written = readAll(world, world.path);
    for (const { path, content } of partsOf(world)) {
      for (let at = 0; at < content.length; at += everyBytes) {
        const flipped = content.slice();
        flipped[at]! ^= 1 << at % 8;
        world.files.replace(path, flipped);
        const where = `${path}, byte ${at}`;
        const found = tryRead(world);
        if (found === undefined) continue;
        checkPrefixes(found.frames, written, where);
        const { findings } = verifyRecording(world.files, world.path);
        assert.ok(findings.some(({ severity }) => severity !== "info"), where);
      }
      world.files.replace(path, content);
    }
    assert.equal(verifyRecording(world.files, world.path).ok, true);
  });

  test("recover saves what is whole to a new recording of the form that its name says, and leaves the old one", (world) => {
    world.write(200);
    const written = readAll(world, world.path);
    const { path, content } = partsOf(world).find(({ path }) => /a\.blog$|\.mcap$/.test(path))!;
    const damaged = content.slice();
    damaged[Math.floor(content.length / 2)]! ^= 0x10;
    world.files.replace(path, damaged);
    for (const to of ["saved", "saved.mcap"]) {
      const report = recoverRecording(world.files, world.path, `${world.folder}/${to}`);
      assert.deepEqual([report.verify.ok, report.verify.findings.filter((each) => each.severity !== "info")], [
        true,
        [],
      ]);
      const saved = readAll(world, `${world.folder}/${to}`);
      const times = new Map(written.map((frame) => [frame.timeNs, frame]));
      for (const { channel, timeNs, value } of saved) {
        const { channel: was, value: wasValue } = times.get(timeNs)!;
        assert.deepEqual([channel, value], [was, wasValue]);
      }
      const lost = report.channels.reduce((sum, { lostFrames }) => sum + lostFrames, 0);
      assert.ok(lost > 0 && saved.length === written.length - lost, `${lost} lost of ${written.length}`);
      const kept = recoverRecording(world.files, world.path, `${world.folder}/kept-${to}`, { keepDamaged: true });
      // Behind a wrong bit, compressed bytes mean something else.
      const least = report.verify.totals.frames + (world.compress === "none" ? 1 : 0);
      assert.ok(kept.verify.totals.frames >= least);
      world.files.remove(`${world.folder}/kept-${to}`);
    }
    assert.deepEqual(partsOf(world).find((part) => part.path === path)!.content, damaged);
  });

  test("what was copied into the other form and back is the same", (world) => {
    world.write(100);
    const written = readAll(world, world.path);
    const [there, back] = [
      `${world.folder}/there${world.suffix === "" ? ".mcap" : ""}`,
      `${world.folder}/back${world.suffix}`,
    ];
    recoverRecording(world.files, world.path, there);
    recoverRecording(world.files, there, back);
    for (const path of [there, back]) {
      assert.deepEqual(readAll(world, path), written);
      using read = world.open(path);
      assert.deepEqual(read.channels.map(({ name, latched }) => [name, latched]), [["a", false], ["b", true]]);
      assert.equal(read.codec("a").id, "text");
      assert.deepEqual(read.reservedChannels.map(({ name, frames }) => [name, frames]), [["~events", 1]]);
    }
  });
}

/** The files of a recording. */
function partsOf({ files, path }: World): Part[] {
  const paths = files.stat(path)?.kind === "file" ? [path] : files.list(path).map((name) => `${path}/${name}`);
  return paths.map((each) => ({ path: each, content: contentOf(files, each) }));
}

interface Part {
  readonly path: string;
  readonly content: Uint8Array;
}

function contentOf(files: Files, path: string): Uint8Array {
  using file = files.open(path, "read");
  const content = new Uint8Array(file.size());
  for (let at = 0; at < content.length;) at += file.read(content.subarray(at), at);
  return content;
}

function readAll(world: World, path: string): Plain[] {
  using read = world.open(path);
  return [...read.frames()].map(plain);
}

/** What can be read before an error, undefined when it is no recording any more. */
function tryRead(world: World): { frames: Plain[]; problems: readonly string[]; error: unknown } | undefined {
  const frames: Plain[] = [];
  try {
    using read = world.open();
    try {
      for (const frame of read.frames()) frames.push(plain(frame));
      return { frames, problems: read.problems, error: undefined };
    } catch (error) {
      if (!isTinmanError(error, "CORRUPT_LOG")) throw error;
      return { frames, problems: read.problems, error };
    }
  } catch (error) {
    if (!isTinmanError(error, "FOREIGN_LOG")) throw error;
    return undefined;
  }
}

/** Each channel has what was written to it, up to some frame. */
function checkPrefixes(frames: readonly Plain[], written: readonly Plain[], where: string): void {
  for (const [, own] of Map.groupBy(frames, ({ channel }) => channel)) {
    const { channel } = own[0]!;
    const all = written.filter((each) => each.channel === channel);
    // A name may be what is damaged: the channel is then another one.
    if (all.length > 0) assert.deepEqual(own, all.slice(0, own.length), where);
  }
}
