import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32 } from "../bytes/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createFaultyFiles } from "../testing/mod.ts";
import { override, rawLog, readAll, START_NS } from "./_fixture.ts";
import { decodeIndex } from "./index.ts";
import { LogWriter } from "./writer.ts";

const failed = (error: unknown) => isTinmanError(error, "WRITE_FAILED");

Deno.test("F1 LogWriter writes frames byte for byte as the Python original", () => {
  const files = createMemoryFiles();
  const log = new LogWriter(files, "a.blog");
  log.writeBytes(Uint8Array.of(1, 2, 3), 1n);
  log.writeBytes(new Uint8Array(0), 0x1122334455667788n);
  log.close();
  // From struct.pack("<QQ", 1, 3) + b"\1\2\3" + struct.pack("<QQ", 0x1122334455667788, 0)
  assert.equal(
    readAll(files, "a.blog").toHex(),
    "01000000000000000300000000000000010203" + "88776655443322110000000000000000",
  );
});

Deno.test("F8 the blocks of an index cover the log and have its checksums, whatever the sizes and flushes", () => {
  const step = fc.oneof(
    fc.record({ size: fc.oneof(fc.nat(40), fc.nat(400), fc.constantFrom(64 * 1024 - 1, 64 * 1024, 70_000)) }),
    fc.constant("flush" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(64, 300, 256 * 1024), (steps, blockBytes) => {
      const files = createMemoryFiles();
      const log = new LogWriter(files, "a.blog", { blockBytes });
      const frames: [bigint, Uint8Array][] = [];
      for (const each of steps) {
        if (each === "flush") log.flush();
        else {
          frames.push([START_NS + BigInt(frames.length), new Uint8Array(each.size).fill(frames.length)]);
          log.writeBytes(frames.at(-1)![1], frames.at(-1)![0]);
        }
      }
      log.close();
      const written = readAll(files, "a.blog");
      assert.deepEqual(written, rawLog(frames));
      const { blocks, problem } = decodeIndex(readAll(files, "a.idx"), written.length);
      assert.equal(problem, undefined);
      assert.equal(blocks.reduce((sum, block) => sum + block.length, 0), written.length);
      assert.equal(blocks.reduce((sum, block) => sum + block.frames, 0), frames.length);
      for (const { at, length, crc, firstNs, lastNs, firstFrame, frames: count } of blocks) {
        assert.equal(crc32(written.subarray(at, at + length)), crc);
        assert.ok(length <= blockBytes || count === 1);
        assert.deepEqual([firstNs, lastNs], [frames[firstFrame]![0], frames[firstFrame + count - 1]![0]]);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("F2 LogWriter refuses a time before the last one, or none at all", () => {
  const log = new LogWriter(createMemoryFiles(), "a.blog");
  log.writeBytes(Uint8Array.of(1), 10n);
  log.writeBytes(Uint8Array.of(1), 10n);
  for (const timeNs of [9n, -1n, 2n ** 64n]) {
    assert.throws(() => log.writeBytes(Uint8Array.of(1), timeNs), RangeError);
  }
  assert.deepEqual([log.frames, log.lastNs], [2, 10n]);
  log.close();
});

Deno.test("LogWriter.writeBytes() does not keep what it was given", () => {
  const files = createMemoryFiles();
  const log = new LogWriter(files, "a.blog");
  const payload = Uint8Array.of(7);
  log.writeBytes(payload, 1n);
  payload[0] = 8;
  log.close();
  assert.equal(readAll(files, "a.blog").at(-1), 7);
});

Deno.test("LogWriter.close() may be called twice; writing after it is CLOSED and gives the payload back", () => {
  for (const size of [0, 10, 100_000]) {
    const log = new LogWriter(createMemoryFiles(), "a.blog");
    log.close();
    log.close();
    log.flush();
    const payload = new Uint8Array(size);
    assert.throws(
      () => log.writeBytes(payload, 1n),
      (error) => isTinmanError(error, "CLOSED") && error.details.unsent === payload,
    );
  }
});

Deno.test("LogWriter never touches a log that is there", () => {
  const files = createMemoryFiles();
  new LogWriter(files, "a.blog").close();
  assert.throws(() => new LogWriter(files, "a.blog"), (error) => isTinmanError(error, "EXISTS"));
});

Deno.test("F7 LogWriter refuses a payload over the limit and names the option", () => {
  const log = new LogWriter(createMemoryFiles(), "a.blog", { maxPayloadBytes: 100_000 });
  assert.throws(() => log.writeBytes(new Uint8Array(100_001), 1n), /raise maxPayloadBytes|limit is 100000/);
  log.writeBytes(new Uint8Array(100_000), 1n);
  log.close();
  assert.equal(log.frames, 1);
});

Deno.test("F12 a disk that takes half of each write gets everything all the same", () => {
  const memory = createMemoryFiles();
  const log = new LogWriter(halves(memory), "a.blog", { blockBytes: 1000 });
  const frames = Array.from({ length: 50 }, (_, i) => [BigInt(i + 1), new Uint8Array(i * 7)] as [bigint, Uint8Array]);
  for (const [timeNs, payload] of frames) log.writeBytes(payload, timeNs);
  log.close();
  assert.deepEqual(readAll(memory, "a.blog"), rawLog(frames));
});

Deno.test("F12 a full disk is an error of the call that needs it; what was taken before is written when there is room", () => {
  const files = createMemoryFiles({ diskBytes: 5000 });
  files.replace("ballast", new Uint8Array(4000));
  const log = new LogWriter(files, "a.blog", { blockBytes: 500 });
  const taken: [bigint, Uint8Array][] = [];
  let refused = 0;
  for (let i = 0; i < 100; i++) {
    if (i === 60) files.remove("ballast");
    const frame: [bigint, Uint8Array] = [BigInt(i), new Uint8Array(20).fill(i)];
    try {
      log.writeBytes(frame[1], frame[0]);
      taken.push(frame);
    } catch (error) {
      assert.ok(failed(error));
      refused++;
    }
  }
  log.close();
  assert.ok(refused > 0 && taken.at(-1)![0] === 99n && taken.length === log.frames);
  assert.deepEqual(readAll(files, "a.blog"), rawLog(taken));
  assert.equal(
    decodeIndex(readAll(files, "a.idx"), log.bytes).blocks.reduce((sum, { frames }) => sum + frames, 0),
    taken.length,
  );
});

Deno.test("F12 close() on a full disk cuts the log after its last whole frame and says how many it has", () => {
  const files = createMemoryFiles({ diskBytes: 250 });
  const log = new LogWriter(files, "a.blog");
  for (let i = 0; i < 10; i++) log.writeBytes(new Uint8Array(14), BigInt(i));
  assert.throws(() => log.close(), failed);
  log.close();
  const written = readAll(files, "a.blog");
  assert.equal(written.length, log.frames * 30);
  assert.ok(log.frames > 0 && log.frames < 10);
});

Deno.test("F12 a large payload that does not fit leaves no trace", () => {
  const files = createMemoryFiles({ diskBytes: 100_000 });
  const log = new LogWriter(files, "a.blog");
  log.writeBytes(Uint8Array.of(1), 1n);
  assert.throws(() => log.writeBytes(new Uint8Array(200_000), 2n), failed);
  log.writeBytes(Uint8Array.of(3), 3n);
  log.close();
  assert.deepEqual(readAll(files, "a.blog"), rawLog([[1n, Uint8Array.of(1)], [3n, Uint8Array.of(3)]]));
});

Deno.test('F20 sync "always" waits for the disk in each write, and takes back a frame that did not get there', () => {
  const memory = createMemoryFiles();
  const counted = createFaultyFiles(memory, { failAt: 6, times: 1 });
  const log = new LogWriter(counted, "a.blog", { sync: "always" });
  log.writeBytes(Uint8Array.of(1), 1n);
  assert.equal(counted.calls, 3, "header, payload, sync");
  assert.throws(() => log.writeBytes(Uint8Array.of(2), 2n), failed);
  log.writeBytes(Uint8Array.of(3), 3n);
  log.close();
  assert.deepEqual(readAll(memory, "a.blog"), rawLog([[1n, Uint8Array.of(1)], [3n, Uint8Array.of(3)]]));
});

Deno.test("F20 flush() waits for the disk unless sync is never", () => {
  for (const [sync, calls] of [["never", 1], [{ everyMs: 1000 }, 2]] as const) {
    const files = createFaultyFiles(createMemoryFiles(), { failAt: Infinity });
    const log = new LogWriter(files, "a.blog", { sync });
    log.writeBytes(Uint8Array.of(1), 1n);
    assert.equal(files.calls, 0);
    log.flush();
    assert.equal(files.calls, calls);
    log.close();
  }
});

/** Files whose writes take half of what they are given. */
function halves(files: Files): Files {
  const open: Files["open"] = (path, mode) => {
    const file = files.open(path, mode);
    return {
      path,
      size: () => file.size(),
      read: (into, at) => file.read(into, at),
      write: (bytes) => file.write(bytes.subarray(0, Math.ceil(bytes.length / 2))),
      sync: () => file.sync(),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
      [Symbol.dispose]: () => file.close(),
    };
  };
  return override(files, { open });
}
