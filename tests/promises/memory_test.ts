/*
 * "Memory stays flat (a test with a bound on heap and RSS growth) with a slow consumer over 5 million messages, and while
 * reading a log larger than the heap."
 */
import assert from "node:assert/strict";
import { bytes, createEnvironment } from "tinman";
import { createRecording } from "tinman/log";
import { resultOf } from "./_child.ts";
import { temporaryFolder } from "./_folder.ts";
import { sized } from "./_scale.ts";

const HEAP_MB = 64;
const flags = ["-A", `--v8-flags=--max-old-space-size=${HEAP_MB},--expose-gc`];
const messages = sized(1_000_000, 5_000_000);

Deno.test(`Memory stays flat with a slow consumer over ${messages} messages`, async () => {
  const grown = await resultOf<Growth>("_slow_consumer.ts", { args: [`${messages}`], flags });
  checkGrowth(grown, messages);
});

Deno.test(`Memory stays flat with a slow consumer while ${messages / 5} messages are recorded`, async () => {
  using folder = temporaryFolder();
  const grown = await resultOf<Growth>("_slow_consumer.ts", { args: [`${messages / 5}`, folder.path], flags });
  checkGrowth(grown, messages / 5);
});

const logMb = sized(256, 1024);
Deno.test(`Memory stays flat while a log of ${logMb} MB is read with a heap of ${HEAP_MB} MB`, async () => {
  using folder = temporaryFolder();
  const written = writeLog(`${folder.path}/large`, logMb);
  const withMap = [...flags];
  const withoutMap = [...flags, "--deny-ffi"];
  for (const flags of [withMap, withoutMap]) {
    for (const how of ["frames", "batches"]) {
      const args = [`${folder.path}/large`, how];
      const { anonymousMb, mapped, ...read } = await resultOf<Reading>("_read_all.ts", { args, flags });
      assert.deepEqual(read, written, how);
      if (Deno.build.os === "linux") assert.equal(mapped, flags === withMap);
      assert.ok(anonymousMb < HEAP_MB * 2.5, `${how}, mapped ${mapped}: grew by ${anonymousMb} MB`);
    }
  }
});

interface Growth {
  readonly messages: number;
  readonly heapMb: number;
  readonly rssMb: number;
}

function checkGrowth(grown: Growth, messages: number): void {
  assert.equal(grown.messages, messages);
  assert.ok(grown.heapMb < 2, `the heap grew by ${grown.heapMb} MB`);
  assert.ok(grown.rssMb < 32, `the process grew by ${grown.rssMb} MB`);
}

interface Written {
  readonly frames: number;
  readonly bytes: number;
  readonly sum: number;
}

interface Reading extends Written {
  readonly mapped: boolean;
  readonly anonymousMb: number;
}

function writeLog(folder: string, megabytes: number): Written {
  const { files, clock } = createEnvironment();
  using recording = createRecording(files, folder, { clock });
  const payload = new Uint8Array(2048);
  const channel = recording.channel("raw", bytes());
  const frames = megabytes * 512;
  let sum = 0;
  for (let i = 0; i < frames; i++) {
    payload[0] = payload[2047] = i & 255;
    sum += 2 * (i & 255);
    channel.write(payload);
  }
  return { frames, bytes: frames * payload.length, sum };
}
