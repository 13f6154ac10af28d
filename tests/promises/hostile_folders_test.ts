/*
 * Random bytes as recording folders, given to everything that takes one: only errors of tinman come out, in bounded time
 * and memory. What a hostile recording.json says is believed as little as what a hostile log says.
 */
import assert from "node:assert/strict";
import { createEnvironment, createRandom, Graph, isTinmanError, type Random } from "tinman";
import { openRecording, recoverRecording, verifyRecording } from "tinman/log";
import { createMemoryFiles, type Files } from "../../src/files/mod.ts";
import { recordInMemory } from "./_damaged.ts";
import { scale, seed } from "./_scale.ts";
import { consumers } from "./_three_sources.ts";

const env = createEnvironment();
const recorded = await recordInMemory(600);
const rounds = 40 * scale;
const LIMIT_MS = 4000;

Deno.test(`Folders of random bytes are refused or read as far as they go (${rounds} folders, seed ${seed})`, async () => {
  const random = createRandom(`${seed} bytes`);
  for (let i = 0; i < rounds; i++) {
    const files = createMemoryFiles();
    files.makeFolder("hostile");
    for (const name of recorded.keys()) {
      if (random.next() < 0.5) files.replace(`hostile/${name}`, random.bytes(random.int(3000)));
    }
    await tryEverything(files, `folder ${i}`);
  }
});

Deno.test(`Recordings with a few changes are used or refused (${rounds} recordings, seed ${seed})`, async () => {
  const random = createRandom(`${seed} changes`);
  for (let i = 0; i < rounds; i++) {
    const files = createMemoryFiles();
    files.makeFolder("hostile");
    for (const [name, bytes] of recorded) {
      const content = name === "recording.json" && random.next() < 0.8
        ? hostileManifest(bytes, random)
        : random.next() < 0.4
        ? spoil(bytes.slice(), random)
        : bytes;
      files.replace(`hostile/${name}`, content);
    }
    await tryEverything(files, `recording ${i}`);
  }
});

async function tryEverything(files: Files, what: string): Promise<void> {
  const quiet = { ...env, files, say() {} };
  // A time that is damaged may be years from the next; then a replay has to end when it is asked to.
  const options = () => ({ graceMs: 20, handleSignals: false, signal: AbortSignal.timeout(500) });
  const uses: Record<string, () => unknown> = {
    open: () => openRecording(files, "hostile", { registry: env.registry }).close(),
    frames() {
      using log = openRecording(files, "hostile", { registry: env.registry });
      let frames = 0;
      for (const _ of log.frames({ reserved: true })) frames++;
      assert.ok(frames < 20_000);
    },
    values() {
      using log = openRecording(files, "hostile", { registry: env.registry });
      for (const { name } of log.channels) for (const _ of log.values(name));
    },
    verify: () => verifyRecording(files, "hostile"),
    recover: () => recoverRecording(files, "hostile", "recovered"),
    keepDamaged: () => recoverRecording(files, "hostile", "recovered-2", { keepDamaged: true }),
    replay: () => Graph.of(consumers()).replay("hostile", quiet, options()),
    verifyReplay: () => Graph.of(consumers()).replay("hostile", quiet, { ...options(), verify: true }),
    replayRecorded: () => Graph.of(consumers()).replay("hostile", quiet, { ...options(), record: "again" }),
  };
  for (const [name, use] of Object.entries(uses)) {
    const startMs = performance.now();
    try {
      await use();
    } catch (error) {
      assert.ok(
        isTinmanError(error),
        `${what}, ${name} (seed ${seed}): ${error instanceof Error ? error.stack : error}`,
      );
    }
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < LIMIT_MS, `${what}, ${name} (seed ${seed}) took ${tookMs} ms`);
  }
}

/** Flips bits, overwrites, doubles or cuts, in one to four places. */
function spoil(bytes: Uint8Array, random: Random): Uint8Array {
  let spoiled = bytes;
  for (let i = random.int(4); i >= 0 && spoiled.length > 0; i--) {
    const at = random.int(spoiled.length);
    const kind = random.int(5);
    if (kind === 0) spoiled[at]! ^= 1 << random.int(8);
    if (kind === 1) spoiled.set(random.bytes(Math.min(16, spoiled.length - at)), at);
    if (kind === 2) spoiled.fill(0xff, at, at + 8);
    if (kind === 3) spoiled = spoiled.slice(0, at);
    if (kind === 4) spoiled = Uint8Array.from([...spoiled.subarray(0, at), ...spoiled.subarray(at >> 1)]);
  }
  return spoiled;
}

/** The text of a manifest with some values replaced by others that JSON can say. */
function hostileManifest(bytes: Uint8Array, random: Random): Uint8Array {
  const values = [
    null,
    -1,
    1e308,
    "",
    "x",
    "18446744073709551615",
    "99999999999999999999",
    [],
    {},
    [[]],
    "../..",
    true,
  ];
  const replaceSome = (value: unknown): unknown => {
    if (random.next() < 0.02) return values[random.int(values.length)];
    if (Array.isArray(value)) return value.map(replaceSome);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceSome(inner)]));
  };
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  return new TextEncoder().encode(JSON.stringify({ ...manifest, ...replaceSome(manifest) as object, tinman: 1 }));
}
