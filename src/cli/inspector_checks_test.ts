// Goal: who checks a large recording on the page holds up nobody. Method: a recording in memory, and a clock that says that each
// block took 5 ms, so that it does not matter how fast the machine is.
import assert from "node:assert/strict";
import { builtinRegistry, bytes } from "../../codecs/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createInspector, createRecordingSource } from "../inspector/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import type { Observed } from "../telemetry/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { machineChecks, recordingChecks } from "./inspector_checks.ts";
import { createMemoryIo } from "./memory_io.ts";
import { Output } from "./output.ts";

const FOLDER = "/data/recordings/large";
const FRAMES = 4000;

Deno.test("the doctor of a recording lets other requests be answered between its blocks", async () => {
  const files = createMemoryFiles();
  const clock = new VirtualClock(0n);
  {
    using recording = createRecording(files, FOLDER, { clock });
    const camera = recording.channel("camera", bytes());
    for (let i = 0; i < FRAMES; i++) camera.write(new Uint8Array(8192).fill(i));
  }
  using recording = openRecording(files, FOLDER);
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  let elapsedNs = 0;
  const slow = { ...environment, clock: Object.assign(new VirtualClock(0n), { elapsedNs: () => elapsedNs += 5e6 }) };
  const io = createMemoryIo({ environment: slow, folder: "/data" });
  const paint = (_: string, text: string) => text;
  const out = new Output({ stdout: io.stdout, stderr: io.stderr, paint, paintError: paint });
  const context = { io, path: (path: string) => path, out };
  const source = Object.assign(createRecordingSource(recording, { files, clock }), {
    checks: [recordingChecks(FOLDER, context)],
  });
  using inspector = createInspector({
    ...{ sources: [source], clock, version: "tinman 0", assets: io.inspector.assets, secret: io.inspector.secret },
  });
  const headers = { authorization: `Bearer ${inspector.token}`, host: "localhost" };
  const ask = async (path: string) =>
    await (await inspector.fetch(new Request(`http://localhost/api/sources/1${path}`, { headers }))).json();
  let checks: { readonly message: string }[] | undefined;
  void ask("/checks/recording").then((answer) => checks = answer.checks);
  let answered = 0;
  for (; checks === undefined && answered < 1000; answered++) {
    assert.equal((await ask("")).totals.count, FRAMES);
    await environment.nextTurn();
  }
  assert.match(checks![0]!.message, /4,000 frames, all as written/);
  assert.ok(answered > 100, `${answered} requests were answered meanwhile`);
});

Deno.test("the doctor of this machine does not warn of the recording that is being written", async () => {
  const files = createMemoryFiles();
  const io = createMemoryIo({
    environment: createTestEnvironment({ files, registry: builtinRegistry() }),
    folder: "/data",
  });
  const context = { io, path: (path: string) => path.startsWith("/") ? path : `/data/${path}` };
  const clock = new VirtualClock(0n);
  using _torn = createRecording(files, "/data/recordings/torn", { clock });
  using growing = createRecording(files, "/data/recordings/growing", { clock });
  growing.channel("gps", bytes()).write(new Uint8Array(8));
  const state = { recording: { path: "recordings/growing", bytes: 8, drops: 0, isGrowing: true } };
  const source = { look: () => state } as unknown as Observed;
  const line = async (sources: readonly Observed[]) =>
    (await machineChecks(context, sources).run()).find(({ name }) => name === "recordings")!.message;
  assert.match(await line([]), /2 not ended in good order, or still being written: growing, torn$/);
  assert.match(await line([source]), /1 not ended in good order, or still being written: torn$/);
});
