// Of the original: logging_test TestLogEntry (all), TestLogHandler (captures, level), TestLogCaptureNode, and TestTimerLogFactory:
// the time of an entry is the run's time by construction, so there is nothing to install. TestLogEntryCodec: entries are
// plain values, for which any codec does; runtime_test TestNodeNames.
import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { Graph } from "./graph.ts";
import { createDiagnostics, formatLogEntry, type LogEntry, logs } from "./logs.ts";
import { node } from "./node.ts";
import { runGraph } from "./run.ts";

const NOON_NS = 1_767_268_800_000_000_000n;
const entry: LogEntry = { timeNs: NOON_NS, level: "warn", node: "planner", message: "no fix yet" };

Deno.test("formatLogEntry() is one line: time, level, who and what", () => {
  assert.equal(formatLogEntry(entry), "12:00:00.000 warn  planner: no fix yet");
  assert.equal(formatLogEntry({ ...entry, level: "error" }), "12:00:00.000 error planner: no fix yet");
});

Deno.test("formatLogEntry() leaves out the name of tinman itself", () => {
  assert.equal(formatLogEntry({ ...entry, node: "" }), "12:00:00.000 warn  no fix yet");
});

Deno.test("formatLogEntry() puts the error on lines of its own", () => {
  assert.equal(formatLogEntry({ ...entry, error: "Error: gone\n    at x" }).split("\n").length, 3);
});

Deno.test("createDiagnostics() speaks at each level with name and time", () => {
  const clock = new VirtualClock(NOON_NS);
  const said: LogEntry[] = [];
  const log = createDiagnostics("planner", clock, (entry) => said.push(entry));
  for (const level of ["debug", "info", "warn", "error"] as const) {
    log[level](`at ${level}`);
    clock.advanceElapsedTo(clock.elapsedNs() + 1_500);
  }
  assert.deepEqual(
    said,
    (["debug", "info", "warn", "error"] as const).map((level, i) => ({
      timeNs: NOON_NS + BigInt(i) * 1_500n,
      level,
      node: "planner",
      message: `at ${level}`,
    })),
  );
});

Deno.test("createDiagnostics() writes an error with its name, message and stack, and anything else as text", () => {
  const said: LogEntry[] = [];
  const log = createDiagnostics("n", new VirtualClock(), (entry) => said.push(entry));
  log.error("failed", new RangeError("too far"));
  log.error("failed", "just text");
  log.error("failed", undefined);
  const bare = new RangeError("no stack");
  delete bare.stack;
  log.error("failed", bare);
  assert.match(said[0]!.error!, /^RangeError: too far\n {4}at /);
  assert.equal(said[1]!.error, "just text");
  assert.ok(!("error" in said[2]!));
  assert.equal(said[3]!.error, "RangeError: no stack");
});

Deno.test("runGraph() hands what nodes say to the environment and to readers of the logs", async () => {
  const env = createTestEnvironment();
  const got: LogEntry[] = [];
  const speaker = node({ name: "speaker" }, async ({ log, clock }) => {
    log.info("starting");
    await clock.sleep(1500);
    log.warn("careful", new Error("cause"));
  });
  const reader = node({ in: { logs } }, async ({ logs }) => {
    for await (const entry of logs) got.push(entry);
  });
  await env.drive(runGraph([speaker, reader], env));
  assert.deepEqual(got.map(({ node, level, message }) => [node, level, message]), [
    ["speaker", "info", "starting"],
    ["speaker", "warn", "careful"],
  ]);
  assert.equal(got[1]!.timeNs - got[0]!.timeNs, 1_500_000_000n);
  assert.match(got[1]!.error!, /^Error: cause/);
  assert.deepEqual(env.said, got);
});

Deno.test("runGraph() says how many entries readers of the logs missed, and holds up nobody", async () => {
  const env = createTestEnvironment();
  const speaker = node({}, ({ log }) => {
    for (let i = 0; i < 1500; i++) log.info(`${i}`);
    return Promise.resolve();
  });
  let count = 0;
  const reader = node({ in: { logs } }, async ({ logs }) => {
    for await (const _ of logs) count++;
  });
  await env.drive(runGraph([speaker, reader], env));
  assert.equal(count, 1000);
  assert.match(env.said.at(-1)!.message, /^readers of the logs missed 500 entries$/);
  assert.equal(env.said.length, 1501);
});

Deno.test("runGraph() names nodes of one function apart in the logs", async () => {
  const env = createTestEnvironment();
  const speaker = node({}, async function speaker({ log, name }) {
    await null;
    log.info(name);
  });
  await env.drive(runGraph([speaker, speaker], env));
  assert.deepEqual(env.said.map(({ node, message }) => [node, message]), [
    ["speaker_1", "speaker_1"],
    ["speaker_2", "speaker_2"],
  ]);
});

Deno.test("runGraph() ends the logs when only readers of them are left, and those behind such readers", async () => {
  const env = createTestEnvironment();
  const { channel } = await import("../channel/mod.ts");
  const alerts = channel<string>("alerts");
  const got: string[] = [];
  const speaker = node({}, ({ log }) => Promise.resolve(log.error("one")));
  const forwarder = node({ in: { logs }, out: { alerts } }, {
    logs: ({ message }, { alerts }) => alerts.publish(message),
  });
  const printer = node({ in: { alerts } }, async ({ alerts }) => {
    for await (const text of alerts) got.push(text);
  });
  const report = await env.drive(runGraph([forwarder, printer, speaker], env));
  assert.deepEqual([got, report.leftBehind], [["one"], []]);
});

Deno.test("Graph.withLogs() prints every entry, also the last", async () => {
  const env = createTestEnvironment();
  const lines: string[] = [];
  const speaker = node({ name: "speaker" }, async ({ log, clock }) => {
    log.info("first");
    await clock.sleep(10);
    log.info("last");
  });
  await env.drive(Graph.of(speaker).withLogs((line) => lines.push(line)).run(env));
  assert.deepEqual(lines, ["00:00:00.000 info  speaker: first", "00:00:00.010 info  speaker: last"]);
});
