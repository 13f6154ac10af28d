// Goal: no MCAP file makes the log hang, take memory without end, or throw anything but its own errors.
// Method: arbitrary bytes, and a good file changed; half of them with checksums that are right again, so that what is
// behind them is reached.
import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32 } from "../bytes/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { begin, bytes, put, readAll, registry, START_NS, text } from "./_fixture.ts";
import { followRecording, listRecordings, openRecording, recoverRecording, verifyRecording } from "./mod.ts";

const good = recorded("none");
const path = "run/run.mcap";

function recorded(compress: "zstd" | "none"): Uint8Array {
  const { files, recording } = begin({ folder: "run.mcap", blockBytes: 500, compress });
  const [a, b] = [recording.channel("a", text), recording.channel("b", bytes, { latched: true })];
  for (let i = 0; i < 40; i++) {
    a.write(`number ${i}`);
    if (i % 4 === 0) b.write(new Uint8Array(i));
  }
  recording.note("noted");
  recording.close();
  return readAll(files, "run.mcap");
}

/** Does everything that can be done with a recording; only errors of tinman come through. */
async function tryEverything(content: Uint8Array): Promise<void> {
  const files = createMemoryFiles();
  put(files, path, content);
  const attempt = (action: () => void) => {
    try {
      action();
    } catch (error) {
      if (!isTinmanError(error)) throw error;
    }
  };
  attempt(() => {
    using log = openRecording(files, path, { registry });
    for (const { name, frames, firstNs, lastNs, bytes } of log.channels) {
      assert.ok(frames >= 0 && bytes >= 0 && (firstNs ?? 0n) <= (lastNs ?? 0n));
      attempt(() => [...log.values(name)]);
    }
    attempt(() => [...log.frames({ reserved: true })]);
    attempt(() => [...log.frames({ fromNs: START_NS + 7n, toNs: START_NS + 30n, latched: true })]);
    attempt(() => [...log.batches()]);
  });
  attempt(() => void verifyRecording(files, path));
  attempt(() => void listRecordings(files, "run"));
  for (const [i, to] of ["new", "new.mcap"].entries()) {
    attempt(() => {
      const { verify } = recoverRecording(files, path, to, { keepDamaged: i === 1 });
      const wrong = verify.findings.filter(({ message }) => !/behind one of|not later|were not recorded/.test(message));
      assert.deepEqual(wrong, []);
    });
  }
  const signal = AbortSignal.abort();
  try {
    for await (const _ of followRecording(files, path, { clock: new VirtualClock(START_NS), signal }));
  } catch (error) {
    if (!isTinmanError(error)) throw error;
  }
}

/** Makes the checksums of chunks, data and summary right again, as far as they are found. */
function refit(content: Uint8Array): Uint8Array {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const setCrc = (at: number, from: number, to: number) => view.setUint32(at, crc32(content.subarray(from, to)), true);
  for (let at = 8; at + 49 < content.length;) {
    const next = at + 9 + Number(view.getBigUint64(at + 1, true));
    if (next > content.length) break;
    // Of compressed records it is left out: what they are decompressed to is then taken as it comes.
    if (content[at] === 6 && view.getUint32(at + 37, true) > 0) view.setUint32(at + 33, 0, true);
    else if (content[at] === 6) setCrc(at + 33, at + 49, next);
    if (content[at] === 15) setCrc(at + 9, 0, at);
    at = next;
  }
  const footer = content.length - 37;
  const start = footer < 0 ? NaN : Number(view.getBigUint64(footer + 9, true));
  if (start <= footer) setCrc(footer + 25, start, footer + 25);
  return content;
}

const change = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  how: fc.constantFrom("flip", "flip", "cut", "insert", "ones", "repeat"),
});

for (
  const [isRight, compress] of [[false, "none"], [true, "none"], [false, "zstd"], [true, "zstd"]] as const
) {
  const good = recorded(compress);
  Deno.test(`changed MCAP files${compress === "zstd" ? ", compressed," : ""}${isRight ? " with the right checksums" : ""} never hang, and throw nothing but errors of tinman`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const content = [...good];
        for (const { at, how } of changes) {
          const place = Math.floor(at * content.length);
          if (how === "flip") content[place]! ^= 1 << (place % 8);
          else if (how === "cut") content.length = Math.max(8, place);
          else if (how === "insert") content.splice(place, 0, 1, 2, 3);
          else if (how === "repeat") content.push(...content.slice(place, place + 500));
          else content.fill(255, place, place + 8);
        }
        const changed = Uint8Array.from(content);
        await tryEverything(isRight ? refit(changed) : changed);
      }),
      { numRuns: compress === "zstd" ? 100 : 150 },
    );
  });
}

Deno.test("arbitrary bytes behind the first ones of MCAP never hang, and throw nothing but errors of tinman", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(15), async (tail, op) => {
    await tryEverything(Uint8Array.from([...good.subarray(0, 8), op, tail.length, 0, 0, 0, 0, 0, 0, 0, ...tail]));
  }));
});

Deno.test("a summary that lies with the right checksum never hangs, and throws nothing but errors of tinman", async () => {
  const view = new DataView(good.buffer);
  const start = Number(view.getBigUint64(good.length - 37 + 9, true));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - start - 38), fc.nat(255)), { maxLength: 4 }),
      async (all) => {
        const content = good.slice();
        for (const [at, value] of all) content[start + at] = value;
        await tryEverything(refit(content));
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("F7 lengths of 2^60 bytes take no memory", async () => {
  for (let at = 8; at < good.length - 9; at += 3) {
    const content = good.slice();
    new DataView(content.buffer).setBigUint64(at, 2n ** 60n, true);
    await tryEverything(refit(content));
  }
});
