import assert from "node:assert/strict";
import { channel } from "../../channel/mod.ts";
import { openRecording } from "../../log/mod.ts";
import { node, runGraph } from "../../runtime/mod.ts";
import { createTestEnvironment } from "../../testing/mod.ts";
import { createRecordingSource } from "./recording.ts";

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
