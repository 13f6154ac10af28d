// Goal: no bytes on disk make the log hang, take memory without end, or throw anything but its own errors.
// Method: arbitrary bytes, and good files with bytes changed, cut, added, in the place of each kind of file.
import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32 } from "../bytes/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { begin, bytes, put, rawLog, readAll, registry, START_NS, text } from "./_fixture.ts";
import { encodeIndexEntry, encodeIndexHeader } from "./index.ts";
import { openRecording } from "./recording.ts";
import { recoverRecording } from "./recover.ts";
import { verifyRecording } from "./verify.ts";

const good = recorded();
const names = good.list("run");

function recorded(): Files {
  const { files, recording } = begin({ blockBytes: 300 });
  const [a, b] = [recording.channel("a", text), recording.channel("b", bytes)];
  for (let i = 0; i < 40; i++) {
    a.write(`number ${i}`);
    if (i % 4 === 0) b.write(new Uint8Array(i));
  }
  recording.close();
  return files;
}

/** Does everything that can be done with a recording; only errors of tinman come through. */
function tryEverything(files: Files): void {
  const attempt = (action: () => void) => {
    try {
      action();
    } catch (error) {
      if (!isTinmanError(error)) throw error;
    }
  };
  attempt(() => {
    using log = openRecording(files, "run", { registry });
    log.channels.forEach(({ name, frames }) => {
      assert.ok(frames >= 0);
      attempt(() => [...log.values(name)]);
    });
    attempt(() => [...log.frames({ reserved: true })]);
    attempt(() => [...log.frames({ fromNs: START_NS + 7n, toNs: START_NS + 30n, latched: true })]);
    attempt(() => [...log.batches()]);
  });
  attempt(() => void verifyRecording(files, "run"));
  attempt(() => {
    const { verify } = recoverRecording(files, "run", "new");
    // Times of frames without a checksum cannot be told from damage: those alone may be wrong in what was recovered.
    assert.ok(
      verify.findings.every(({ message }) => /behind one of|not later|were not recorded/.test(message)),
      JSON.stringify(verify),
    );
    files.remove("new");
  });
  attempt(() => void recoverRecording(files, "run", "new", { keepDamaged: true }));
}

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.uint8Array({ maxLength: 20 })), { maxLength: 9 })
    .map(rawLog),
);

Deno.test("arbitrary bytes in the place of any file never hang, and throw nothing but errors of tinman", () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), anyBytes, (name, content) => {
      const files = copy(good);
      put(files, `run/${name}`, content);
      tryEverything(files);
    }),
    { numRuns: 150 },
  );
});

Deno.test("an index that lies with the right checksums never hangs, and throws nothing but errors of tinman", () => {
  const u64 = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: START_NS - 5n, max: START_NS + 50n }),
  );
  const entry = fc.record({
    length: fc.oneof(fc.nat(400), fc.nat(2 ** 32 - 1)),
    frames: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.nat(2 ** 32 - 1)),
    firstNs: u64,
    lastNs: u64,
    isRight: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      const files = copy(good);
      const log = readAll(files, "run/a.blog");
      let [at, firstFrame] = [0, 0];
      const parts = [encodeIndexHeader()];
      for (const { isRight, ...block } of entries) {
        const crc = isRight ? crc32(log.subarray(at, at + block.length)) : 7;
        parts.push(encodeIndexEntry({ ...block, at, firstFrame, crc }));
        at += block.length;
        firstFrame += block.frames;
      }
      put(files, "run/a.idx", Uint8Array.from(parts.flatMap((part) => [...part])));
      tryEverything(files);
    }),
    { numRuns: 150 },
  );
});

Deno.test("changed, cut and lengthened files never hang, and throw nothing but errors of tinman", () => {
  const change = fc.record({
    name: fc.constantFrom(...names),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    how: fc.constantFrom("flip", "cut", "insert", "ones"),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const files = copy(good);
      for (const { name, at, how } of changes) {
        const content = [...readAll(files, `run/${name}`)];
        const place = Math.floor(at * content.length);
        if (how === "flip" && content.length > 0) content[place]! ^= 1 << (place % 8);
        else if (how === "cut") content.length = place;
        else if (how === "insert") content.splice(place, 0, 1, 2, 3);
        else content.fill(255, place, place + 8);
        put(files, `run/${name}`, Uint8Array.from(content));
      }
      tryEverything(files);
    }),
    { numRuns: 150 },
  );
});

Deno.test("a folder with nothing but arbitrary logs never hangs, and throws nothing but errors of tinman", () => {
  fc.assert(fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 4 }), (logs) => {
    const files = createMemoryFiles();
    logs.forEach((content, i) => put(files, `run/${i}.blog`, content));
    tryEverything(files);
  }));
});

Deno.test("F7 a length of 2^60 bytes takes no memory", () => {
  const files = createMemoryFiles();
  const content = rawLog([[START_NS, Uint8Array.of(1)], [START_NS + 1n, new Uint8Array(0)]]);
  new DataView(content.buffer).setBigUint64(17 + 8, 2n ** 60n, true);
  put(files, "run/a.blog", content);
  using log = openRecording(files, "run", { maxPayloadBytes: Infinity });
  assert.equal([...log.frames()].length, 1);
});

function copy(files: Files): Files {
  const into = createMemoryFiles();
  for (const name of names) put(into, `run/${name}`, readAll(files, `run/${name}`));
  return into;
}
