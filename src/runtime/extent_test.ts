import assert from "node:assert/strict";
import fc from "fast-check";
import { channel } from "../channel/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { encodeMark, extentOf } from "./extent.ts";
import { map, node } from "./node.ts";
import { replayGraph } from "./replay.ts";
import { runGraph } from "./run.ts";

const [numbers, doubled] = [channel<number>("numbers"), channel<number>("doubled")];
const double = map({ in: numbers, out: doubled, name: "double" }, (n) => n * 2);

/** A world in which a run was cut off after about a second. */
async function recordAndKill() {
  const env = createTestEnvironment();
  const endless = node({ out: { numbers } }, async ({ numbers, clock }) => {
    for await (const _ of clock.every(100)) await numbers.publish(numbers.published);
  });
  const stop = new AbortController();
  const done = runGraph([endless, double], env, { record: "runs", signal: stop.signal });
  const killed = createTestEnvironment({ files: env.files });
  void env.clock.sleep(1050).then(() => {
    // What lies on the disk now is all that a kill would leave.
    const [name] = env.files.list("runs");
    copy(env.files, `runs/${name}`, "killed");
    stop.abort();
  });
  await env.drive(done);
  return killed;
}

function copy(files: ReturnType<typeof createTestEnvironment>["files"], from: string, to: string): void {
  files.makeFolder(to);
  for (const name of files.list(from)) {
    using source = files.open(`${from}/${name}`, "read");
    const bytes = new Uint8Array(source.size());
    source.read(bytes, 0);
    files.replace(`${to}/${name}`, bytes);
  }
}

Deno.test("extentOf() a run that ended is all of it", async () => {
  const env = createTestEnvironment();
  const { recording } = await env.drive(
    runGraph([node({ out: { numbers } }, ({ numbers }) => numbers.publish(1))], env, { record: "runs" }),
  );
  assert.equal(extentOf(openRecording(env.files, recording!)).isWhole, true);
});

Deno.test("extentOf() a run that was killed is what was written out in all channels", async () => {
  const env = await recordAndKill();
  using recording = openRecording(env.files, "killed", { registry: env.registry });
  const { isWhole, untilNs } = extentOf(recording);
  assert.equal(isWhole, false);
  const [startedNs, ms] = [recording.manifest.startedNs, 1_000_000n];
  assert.ok(untilNs > startedNs + 700n * ms && untilNs < startedNs + 1100n * ms, `${untilNs - startedNs}`);
});

Deno.test("verify of a run that was killed compares what is certain and finds no difference in the rest", async () => {
  const env = await recordAndKill();
  const { verify } = await env.drive(replayGraph([double], "killed", env, { verify: true }));
  assert.equal(verify!.divergence, undefined);
  assert.ok(verify!.channels[0]!.equal >= 7);
});

Deno.test("extentOf() of any bytes in the channel of journals does not throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 5 }), (frames) => {
      const env = createTestEnvironment();
      using writer = createRecording(env.files, "odd", { clock: env.clock, graph: { nodes: [{}, {}] } });
      const journal = writer.channel("~journal", env.defaultCodec);
      for (const frame of frames) journal.writeBytes(frame);
      journal.writeBytes(encodeMark(2, false));
      writer.close();
      using recording = openRecording(env.files, "odd");
      assert.equal(extentOf(recording).isWhole, false);
    }),
    { numRuns: 30 },
  );
});
