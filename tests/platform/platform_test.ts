import assert from "node:assert/strict";
import { createPlatform, nextTurn, randomSeed } from "../../src/platform/mod.ts";
import { protectFile } from "../../src/platform/process.ts";
import { denoRun, source } from "./deno_run.ts";

Deno.test("createPlatform() gives a clock, files, chance, turns and signals", async () => {
  const platform = createPlatform();
  assert.ok(platform.clock.now() > 0n);
  assert.equal(platform.files.stat(Deno.execPath())?.kind, "file");
  await platform.nextTurn();
  platform.onSignals(() => {})[Symbol.dispose]();
});

Deno.test("protectFile() lets nobody but the owner read a file, and says when the disk refuses", {
  ignore: Deno.build.os !== "linux",
}, () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.chmodSync(path, 0o644);
    assert.equal(protectFile(path), true);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  } finally {
    Deno.removeSync(path);
  }
  // As on FAT, nobody may change modes there.
  assert.equal(protectFile("/proc/self/status"), false);
  assert.throws(() => protectFile("/none"), Deno.errors.NotFound);
});

Deno.test("randomSeed() is another one each time", () => {
  const seeds = Array.from({ length: 100 }, randomSeed);
  assert.equal(new Set(seeds).size, 100);
  for (const seed of seeds) assert.match(seed, /^[0-9a-f]{24}$/);
});

Deno.test("nextTurn() lets a timer have its turn, however often somebody waits for a turn", async () => {
  let fired = false;
  setTimeout(() => fired = true, 1);
  const end = performance.now() + 1000;
  while (!fired && performance.now() < end) await nextTurn();
  assert.ok(fired);
});

Deno.test("onSignals() hears each signal until it is disposed, and does not keep the process alive", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const { code, stdout, stderr } = await denoRun(["-A"], SIGNALS);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), ["SIGTERM", "SIGINT", "SIGINT", "SIGHUP"]);
});

const SIGNALS = `
  import { onSignals } from "${source}/platform/mod.ts";
  const heard = [];
  let next;
  const send = (name) => new Promise((resolve) => { next = resolve; Deno.kill(Deno.pid, name); });
  const listening = onSignals((name) => { heard.push(name); next(); });
  // So that the last one is heard by somebody else.
  onSignals(() => next());
  const alive = setInterval(() => {}, 1000);
  for (const name of ["SIGTERM", "SIGINT", "SIGINT", "SIGHUP"]) await send(name);
  listening[Symbol.dispose]();
  listening[Symbol.dispose]();
  await send("SIGTERM");
  clearInterval(alive);
  console.log(JSON.stringify(heard));
`;

Deno.test("onSignals() leaves a signal to the system again when it is disposed", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const { code, stdout } = await denoRun(["-A"], DISPOSED);
  assert.equal(code, 128 + 15);
  assert.equal(stdout, "");
});

const DISPOSED = `
  import { onSignals } from "${source}/platform/mod.ts";
  onSignals(() => {})[Symbol.dispose]();
  Deno.kill(Deno.pid, "SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 5000));
  console.log("still here");
`;

Deno.test("onUnhandled() lets the process go on where somebody deals with it, and only there", async () => {
  const { code, stdout, stderr } = await denoRun(["-A"], UNHANDLED);
  assert.equal(code, 1);
  assert.equal(stdout, "heard first\nheard second\n");
  assert.match(stderr, /second/);
});

const UNHANDLED = `
  import { nextTurn, onUnhandled } from "${source}/platform/mod.ts";
  onUnhandled(() => console.log("not heard"))[Symbol.dispose]();
  onUnhandled((reason) => {
    console.log("heard", reason);
    return reason === "first";
  });
  void Promise.reject("first");
  await nextTurn();
  void Promise.reject("second");
  await nextTurn();
  console.log("still here");
`;

Deno.test("run() fails, and the process goes on, for a value that is refused though nobody waits for it", async () => {
  const { code, stdout, stderr } = await denoRun(["-A", "--config", config], REFUSED);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^careless: Cannot write frame 0 of channel "values": .*\n$/);
});

const config = new URL("../../deno.json", import.meta.url).pathname;
const REFUSED = `
  import { channel, failedNode, node, run } from "${source}/../mod.ts";
  const values = channel("values");
  const careless = node({ out: { values }, name: "careless" }, async ({ values, clock }) => {
    void values.publish(() => {});
    await clock.sleep(10_000);
  });
  await run([careless], { record: "runs" }).catch((error) => console.log(failedNode(error) + ": " + error.message));
`;
