// Goal: a recording in parts is the recording that would have been written in one. Method: the same writes with and
// without a split, put together by copy and compared.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Files } from "../files/mod.ts";
import { begin, bytes, plain, readAll, START_NS } from "./_fixture.ts";
import { findings, forms, MS, read, recorded, write } from "./_split.ts";
import { copyRecording } from "./copy.ts";
import { openRecording, type Recording } from "./recording.ts";
import type { RecordingOptions } from "./recording_writer.ts";
import { recoverRecording } from "./recover.ts";

const join = (files: Files, parts: readonly string[], to: string) =>
  copyRecording(files, parts.map((path) => ({ path })), { to });

Deno.test("F32 parts put together by copy are the recording that would have been written in one", async () => {
  const operation = fc.oneof(
    { weight: 8, arbitrary: fc.record({ channel: fc.constantFrom("a", "../b", "map"), size: fc.nat({ max: 90 }) }) },
    { weight: 1, arbitrary: fc.constant("note" as const) },
    { weight: 1, arbitrary: fc.constant("journal" as const) },
    { weight: 1, arbitrary: fc.constant("flush" as const) },
    { weight: 1, arbitrary: fc.constant("unfit" as const) },
  );
  const split = fc.oneof(
    fc.integer({ min: 1, max: 900 }).map((size) => ({ bytes: size })),
    fc.integer({ min: 1, max: 60 }).map((ns) => ({ timeNs: BigInt(ns) })),
    fc.record({ bytes: fc.integer({ min: 1, max: 900 }), timeNs: fc.bigInt({ min: 1n, max: 60n }) }),
  );
  const choosy = { ...bytes, encode: (value: Uint8Array) => value.length === 91 ? fail() : value };
  const fail = (): never => {
    throw new Error("unfit");
  };
  let [whole, several] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(operation, fc.nat({ max: 9 })), { maxLength: 70 }),
      split,
      fc.constantFrom(...forms),
      async (operations, split, folder) => {
        const work = (options: Partial<RecordingOptions>) => {
          const { files, recording, clock } = begin({
            folder,
            id: "R",
            seed: "s",
            graph: {},
            blockBytes: 300,
            ...options,
          });
          operations.forEach(([operation, gapNs], i) => {
            clock.advanceTo(clock.now() + BigInt(gapNs));
            if (operation === "note") recording.note("noted", { i });
            else if (operation === "journal") recording.channel("~journal", bytes).write(Uint8Array.of(i));
            else if (operation === "flush") {
              // A part that begins now is later than all there is.
              clock.advanceTo(clock.now() + 100n);
              recording.flush();
            } else if (operation === "unfit") {
              assert.throws(() => recording.channel("a", choosy).write(new Uint8Array(91)));
            } else {
              const { channel, size } = operation;
              recording.channel(channel, choosy, { latched: channel === "map" }).write(new Uint8Array(size).fill(i));
            }
          });
          recording.close();
          return { files, parts: recording.parts?.folders };
        };
        const { files, parts } = work({ split });
        parts!.length > 1 ? several++ : whole++;
        const one = work({}).files;
        let lastNs = 0n;
        for (const [i, path] of parts!.entries()) {
          assert.deepEqual(findings(files, path), []);
          const { manifest, frames, problems } = read(files, path);
          assert.deepEqual([problems, manifest.clean, manifest.part], [[], true, { of: "R", number: i + 1 }]);
          for (const { timeNs } of frames.filter(({ timeNs }) => timeNs >= manifest.startedNs)) {
            assert.ok(timeNs > lastNs && timeNs <= manifest.endedNs!);
            lastNs = timeNs;
          }
        }
        if (parts!.length < 2) return;
        await join(files, parts!.toReversed(), `whole/${folder}`);
        assert.deepEqual(read(files, `whole/${folder}`), read(one, folder));
        if (folder === "run") {
          for (const name of one.list(folder).filter((each) => each.endsWith(".blog"))) {
            assert.deepEqual(readAll(files, `whole/run/${name}`), readAll(one, `run/${name}`), name);
          }
        }
      },
    ),
    { numRuns: 120 },
  );
  assert.ok(several > 30, `${several} of ${whole + several} had parts`);
});

for (const folder of forms) {
  Deno.test(`F32 each part of ${folder} is whole as soon as the next begins, and begins with what is latched`, () => {
    const { files, recording, clock } = begin({ folder, split: { timeNs: 100n * MS }, id: "R" });
    for (let i = 0; i < 25; i++) {
      clock.advanceTo(START_NS + BigInt(i) * 10n * MS);
      write(recording, i);
      const { folders } = recording.parts!;
      assert.equal(folders.length, Math.floor(i / 10) + 1);
      for (const path of folders.slice(0, -1)) {
        assert.deepEqual(findings(files, path), []);
        assert.deepEqual(openRecording(files, path).problems, []);
      }
    }
    recording.close();
    assert.deepEqual(recording.parts, {
      folders: folder === "run" ? ["run", "run-2", "run-3"] : ["run.mcap", "run-2.mcap", "run-3.mcap"],
      deleted: 0,
    });
    using third = openRecording(files, recording.parts!.folders[2]!);
    const { id, startedNs, part } = third.manifest;
    assert.deepEqual([id, startedNs, part], ["R-3", START_NS + 200n * MS, { of: "R", number: 3 }]);
    const [first, second] = plain(third.frames());
    assert.deepEqual([first!.channel, first!.text, first!.timeNs], ["map", "map 15", START_NS + 150n * MS]);
    assert.equal(second!.timeNs, START_NS + 200n * MS);
    assert.deepEqual(third.channels.map(({ name, frames, latched }) => [name, frames, latched]), [
      ["gps", 5, false],
      ["map", 1, true],
    ]);
  });

  Deno.test(`F32 parts of ${folder} that are not from the first on are a part of the run`, async () => {
    const { files, parts: { folders } } = recorded({ folder, split: { timeNs: 100n * MS } });
    assert.equal(folders.length, 4);
    const one = recorded({ folder: "one" }).files;
    const of = (path: string, from: Files) => openRecording(from, path);
    for (const chosen of [folders.slice(1), [folders[0]!, folders[2]!]]) {
      const to = `to${chosen.length}`;
      await join(files, chosen, to);
      using joined = of(to, files);
      const { id, seed, graph, part, clean } = joined.manifest;
      assert.deepEqual([id, seed, graph, part, clean], ["R-part", "s", { nodes: ["n"] }, undefined, true]);
      assert.deepEqual(joined.reservedChannels.map(({ name }) => name), ["~events"]);
      assert.deepEqual(findings(files, to), []);
    }
    using joined = of("to3", files);
    using whole = of("one", one);
    const fromNs = START_NS + 100n * MS;
    const frames = (recording: Recording, options = {}) =>
      plain(recording.frames(options)).map(({ channel, timeNs, text }) => [channel, timeNs, text]);
    assert.deepEqual(frames(joined), frames(whole, { fromNs, latched: true }));
    await copyRecording(files, folders.map((path) => ({ path })), { to: "cut", fromNs: START_NS + 205n * MS });
    using cut = of("cut", files);
    assert.deepEqual(frames(cut), frames(whole, { fromNs: START_NS + 205n * MS, latched: true }));
    assert.equal(cut.id, "R-part");
  });

  Deno.test(`F32 a copy of one part of ${folder} is that part still, and so is what is recovered of it`, async () => {
    const { files, parts: { folders } } = recorded({ folder, split: { timeNs: 100n * MS } });
    await join(files, [folders[1]!], "two");
    assert.deepEqual(read(files, "two"), read(files, folders[1]!));
    recoverRecording(files, folders[1]!, "recovered");
    assert.deepEqual(read(files, "recovered").manifest.part, { of: "R", number: 2 });
    await join(files, [folders[0]!, "two", ...folders.slice(2)], "whole");
    assert.deepEqual(read(files, "whole").frames, read(recorded({ folder: "one" }).files, "one").frames);
  });
}

Deno.test("F32 a run that was killed before its last part said what it holds is put together up to there", async () => {
  const { files, recording, clock } = begin({ split: { timeNs: 100n * MS }, id: "R" });
  for (let i = 0; i < 21; i++) {
    clock.advanceTo(START_NS + BigInt(i) * 10n * MS);
    write(recording, i);
  }
  const { folders } = recording.parts!;
  assert.equal(folders.length, 3);
  // Nothing of the third part is in its files: whoever is killed here leaves them empty.
  await join(files, folders, "whole");
  await join(files, folders.slice(0, 2), "two");
  recording.close();
  assert.deepEqual(read(files, "whole").frames, read(files, "two").frames);
  assert.ok(read(files, "two").frames.length > 19);
});

Deno.test("F32 limits that make no sense are refused", () => {
  assert.throws(() => begin({ keep: { bytes: 1 } }), TypeError);
  assert.throws(() => begin({ split: {} }), TypeError);
  assert.throws(() => begin({ split: { bytes: 0 } }), RangeError);
  assert.throws(() => begin({ split: { timeNs: 0n } }), RangeError);
  assert.throws(() => begin({ split: { bytes: 10 }, keep: { bytes: 9 } }), /smaller than split/);
});

Deno.test("F32 what is held back elsewhere belongs to the part that ends", () => {
  const held: number[] = [];
  const { files, recording } = begin({
    split: { bytes: 300 },
    beforeFlush: () => {
      for (const each of held.splice(0)) recording.channel("~journal", bytes).write(Uint8Array.of(each));
    },
  });
  for (let i = 0; i < 30; i++) {
    recording.channel("gps", bytes).write(new Uint8Array(20).fill(i));
    held.push(i);
  }
  recording.close();
  const { folders } = recording.parts!;
  assert.ok(folders.length > 2);
  for (const path of folders) {
    using part = openRecording(files, path);
    const of = (channel: string) => Array.from(part.frames({ channels: [channel] }), ({ data }) => data[0]);
    assert.deepEqual(of("~journal"), of("gps"));
  }
});

Deno.test("F32 a part ends with its time at the next flush, also when nothing comes; one without frames does not", () => {
  const { recording, clock } = begin({ split: { timeNs: 100n * MS } });
  const gps = recording.channel("gps", bytes);
  const pass = (ms: bigint) => {
    clock.advanceTo(clock.now() + ms * MS);
    recording.flush();
    return recording.parts!.folders.length;
  };
  assert.equal(pass(1000n), 1);
  gps.write(new Uint8Array(1));
  assert.deepEqual([pass(50n), pass(60n), pass(200n), pass(200n)], [1, 2, 2, 2]);
  recording.close();
});
