import assert from "node:assert/strict";
import { channel } from "../../channel/mod.ts";
import { VirtualClock } from "../../clock/mod.ts";
import type { Codec } from "../../codec/mod.ts";
import { createMemoryFiles } from "../../files/mod.ts";
import { createRecording, openRecording } from "../../log/mod.ts";
import { node, runGraph } from "../../runtime/mod.ts";
import { createTestEnvironment } from "../../testing/mod.ts";
import { createRecordingSource } from "./recording.ts";

const bytes: Codec<Uint8Array> = { id: "bytes", version: 1, encode: (value) => value, decode: (data) => data };
const numbers = channel<number>("numbers");

async function record(count: number) {
  const env = createTestEnvironment();
  const source = node({ out: { numbers } }, async function source({ numbers, clock }) {
    for (let i = 0; i < count; i++) {
      await numbers.publish(i);
      if (i % 10 === 9) await clock.sleep(100);
    }
  });
  const sink = node({ in: { numbers } }, { numbers() {} });
  const { recording } = await env.drive(runGraph([source, sink], env, { record: "/runs" }));
  const opened = openRecording(env.files, recording!, { registry: env.registry });
  return { env, opened, source: createRecordingSource(opened, { files: env.files, clock: env.clock }) };
}

Deno.test("a recording is looked into without reading it: graph, channels, times, size", async () => {
  const { source, opened } = await record(1000);
  const { phase, nodes, edges, channels, recording, warnings } = source.look();
  assert.deepEqual([phase, warnings, recording?.isGrowing], ["ended", [], false]);
  assert.deepEqual(nodes.map(({ id, state }) => [id, state]), [["source", "idle"], ["from numbers", "idle"]]);
  assert.deepEqual(edges, [{ from: "source", to: "from numbers", channel: "numbers", drops: 0 }]);
  const found = channels.find(({ name }) => name === "numbers")!;
  assert.deepEqual([found.count, found.isRecorded], [1000, true]);
  assert.equal(source.tail("numbers"), undefined);
  opened.close();
});

Deno.test("frames of a recording are found by number and by time, at its edges as well", async () => {
  const { source, opened } = await record(1000);
  const { history } = source;
  const read = (from: number, limit: number) =>
    history!.frames("numbers", { from, limit }).map(({ index, data }) => [index, source.decode("numbers", data!)]);
  assert.deepEqual(read(0, 2), [[0, 0], [1, 1]]);
  assert.deepEqual(read(998, 10), [[998, 998], [999, 999]]);
  assert.deepEqual(read(1000, 10), []);
  assert.equal(read(0, 1000).length, 1000);
  const [frame] = history!.frames("numbers", { from: 500, limit: 1 });
  assert.equal(history!.seek("numbers", frame!.timeNs), 500);
  assert.equal(history!.seek("numbers", frame!.timeNs - 1n), 500);
  assert.deepEqual([history!.seek("numbers", 0n), history!.seek("numbers", 2n ** 62n)], [0, 1000]);
  assert.throws(() => history!.frames("nothing", { from: 0, limit: 1 }), /it is not in/);
  opened.close();
});

for (const path of ["/run", "/run.mcap"]) {
  Deno.test(`${path} without its end is running while it grows, and afterwards not ended, with the time and the fix`, () => {
    const files = createMemoryFiles();
    const clock = new VirtualClock(1_800_000_000_000_000_000n);
    const writer = createRecording(files, path, { clock });
    const values = writer.channel("a", bytes);
    const write = () => (values.write(Uint8Array.of(1)), writer.flush());
    write();
    const later = (ms: number) => clock.advanceTo(clock.now() + BigInt(ms) * 1_000_000n);
    using recording = openRecording(files, path);
    // Whoever looks has another clock, as after the recording of a machine whose time is wrong.
    const own = new VirtualClock(1_900_000_000_000_000_000n);
    using source = createRecordingSource(recording, { files, clock: own, reopen: () => openRecording(files, path) });
    const look = () => {
      own.advanceTo(own.now() + 3_000_000_000n);
      const { phase, recording, warnings } = source.look();
      return { phase, isUnended: recording?.isUnended ?? false, warnings };
    };
    assert.deepEqual([look().phase, look().isUnended], ["ended", true]);
    later(100);
    write();
    assert.deepEqual(look(), { phase: "running", isUnended: false, warnings: [] });
    for (let i = 0; i < 5; i++) look();
    const { phase, isUnended, warnings } = look();
    assert.deepEqual([phase, isUnended, warnings.length], ["ended", true, 1]);
    assert.match(warnings[0]!.message, /not ended in good order: its last frame is of 2027-01-15T08:00:00\.100Z/);
    assert.match(warnings[0]!.fix!, /^tinman log recover \/run(.mcap)? run-whole(.mcap)? /);
    write();
    assert.equal(look().phase, "running");
    writer.close();
    assert.deepEqual(look(), { phase: "ended", isUnended: false, warnings: [] });
  });
}

Deno.test("a recording without its end whose last frame is of this very moment is running at the first look", () => {
  const files = createMemoryFiles();
  const clock = new VirtualClock(1_800_000_000_000_000_000n);
  const writer = createRecording(files, "/run", { clock });
  writer.channel("a", bytes).write(Uint8Array.of(1));
  writer.flush();
  using recording = openRecording(files, "/run");
  using source = createRecordingSource(recording, { files, clock, reopen: () => openRecording(files, "/run") });
  assert.equal(source.look().phase, "running");
});
