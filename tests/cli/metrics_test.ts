// Goal: what `tinman run --metrics` shows is what Prometheus and the dashboard take, and what OTEL_DENO sends is the same.
// Method: real processes, a strict reader of the text format, a collector of OTLP on the loopback.
import assert from "node:assert/strict";
import dashboard from "../../src/pipeline/grafana.json" with { type: "json" };
import { parsePrometheus } from "../prometheus_text.ts";
import { isExecutable, readUntil, spawn, temporaryFolder, tinman } from "./processes.ts";

const pipeline = JSON.stringify({
  pipeline_config: { trigger_every_ms: 2, priority: "high" },
  nodes: [
    { id: "sine", type: "SineGenerator", config: { frame_size: 64 } },
    { id: 'a "loud"'.replaceAll('"', "-"), type: "Gain", config: { gain: 2 } },
  ],
  connections: [{ from: "sine", to: "a -loud-" }],
});
const graph = `import { channel, node } from "tinman";
const ticks = channel("ticks");
export default [
  node({ out: { ticks } }, async ({ ticks, clock }) => {
    for await (const _ of clock.every(2)) await ticks.publish(1);
  }),
  node({ in: { ticks } }, { ticks() {} }),
];
`;

/** Runs tinman in a folder with a pipeline and a graph, until the test is over. */
function start(...args: string[]) {
  const folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/loud.json`, pipeline);
  Deno.writeTextFileSync(`${folder.path}/graph.ts`, graph);
  const process = spawn(args, { cwd: folder.path });
  void process.stdout.cancel();
  return {
    folder: folder.path,
    url: async () => /metrics at (\S+)/.exec(await readUntil(process.stderr, "/metrics\n"))![1]!,
    process,
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch { /* It has ended. */ }
      await process.status;
      folder[Symbol.dispose]();
    },
  };
}

/** Scrapes until `isThere`. */
async function scrape(url: string, isThere: (text: string) => boolean): Promise<string> {
  for (;;) {
    const text = await (await fetch(url)).text();
    if (isThere(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("tinman run --metrics shows a pipeline in Prometheus' format, with all that the dashboard asks for", async () => {
  await using run = start("run", "loud.json", "--metrics", "--record");
  const text = await scrape(
    await run.url(),
    (text) => /tinman_channel_recorded_bytes_total\{channel="sine"\} [1-9]/.test(text),
  );
  const metrics = parsePrometheus(text);
  const series = new Map(metrics.flatMap(({ series }) => series.map((each) => [each.name, each] as const)));
  for (const { expr } of dashboard.panels.flatMap(({ targets }) => targets)) {
    for (const name of expr.match(/\btinman_\w+/g)!.filter((name) => !name.startsWith("tinman_pool_"))) {
      const found = series.get(name);
      assert.ok(found, `the dashboard asks for ${name}`);
      for (const [, labels] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
        for (const label of labels!.split(", ")) assert.ok(label in found.labels, `${name} has no label ${label}`);
      }
    }
  }
  const frames = metrics.find(({ name }) => name === "tinman_stage_frames_total")!;
  assert.deepEqual(frames.series.map(({ labels }) => labels), [
    { pipeline: "loud", stage: "sine" },
    { pipeline: "loud", stage: "a -loud-" },
  ]);
  assert.ok(frames.series.every(({ value }) => value > 0));
});

Deno.test("tinman run --metrics shows the channels of a graph in TypeScript, too, and ends with the run", async () => {
  await using run = start("run", "graph.ts", "--metrics=0", "--duration=3s");
  const url = await run.url();
  await scrape(url, (text) => /^tinman_channel_messages_total\{channel="ticks"\} [1-9]/m.test(text));
  run.process.kill("SIGINT");
  await run.process.status;
  await assert.rejects(fetch(url));
});

Deno.test("tinman run --metrics says that a port is taken before anything runs, and refuses what is no port", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/loud.json`, pipeline);
  const ended = await tinman(["run", "loud.json", `--metrics=${listener.addr.port}`, "--record"], { cwd: folder.path });
  assert.equal(ended.code, 7);
  assert.match(ended.stderr, /Cannot show metrics on port \d+: another program listens there/);
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["loud.json"]);
  const wrong = await tinman(["run", "loud.json", "--metrics=http"], { cwd: folder.path });
  assert.deepEqual([wrong.code, /it is a port from 0 to 65535/.test(wrong.stderr)], [2, true]);
});

Deno.test("tinman run --metrics without the permission says which one is missing", async () => {
  if (isExecutable) return;
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/loud.json`, pipeline);
  const ended = await tinman(["run", "loud.json", "--metrics"], {
    cwd: folder.path,
    permissions: ["--allow-read", "--allow-env", "--no-check"],
  });
  assert.equal(ended.code, 4, ended.stderr);
  assert.match(ended.stderr, /it is not allowed\n {2}fix: run with --allow-net=127\.0\.0\.1/);
});

interface Export {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string };
      readonly metrics: readonly (Readonly<Record<"sum" | "gauge", { readonly dataPoints: readonly Point[] }>> & {
        readonly name: string;
      })[];
    }[];
  }[];
}

interface Point {
  readonly asDouble: number;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
}

/** What tinman sent, each time. */
function collect() {
  const sent: Export[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (new URL(request.url).pathname === "/v1/metrics") sent.push(await request.json());
    return Response.json({});
  });
  return {
    sent,
    server,
    env: { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_DENO_CONSOLE: "ignore" },
  };
}

Deno.test("OTEL_DENO sends the same numbers by OTLP, the last ones of a short run too", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/loud.json`, pipeline.replace('"priority"', '"trigger_count":7,"priority"'));
  const { sent, server, env } = collect();
  for (const everyMs of ["60000", "5", "1"]) {
    sent.length = 0;
    const ended = await tinman(["run", "loud.json"], {
      cwd: folder.path,
      env: {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
        OTEL_METRIC_EXPORT_INTERVAL: everyMs,
      },
    });
    assert.equal(ended.code, 0, ended.stderr);
    const ours = sent.at(-1)!.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
      .filter(({ scope }) => scope.name === "tinman").flatMap(({ metrics }) => metrics);
    const of = (name: string) => (ours.find((each) => each.name === name) ?? assert.fail(`no ${name}`));
    assert.deepEqual(
      of("tinman_stage_frames_total").sum.dataPoints.map(({ asDouble, attributes }) => [
        asDouble,
        ...attributes.map(({ key, value }) => `${key}=${value.stringValue}`).sort(),
      ]).sort(),
      [[7, "pipeline=loud", "stage=a -loud-"], [7, "pipeline=loud", "stage=sine"]],
    );
    assert.equal(of("tinman_edge_capacity_frames").gauge.dataPoints[0]!.asDouble, 100);
    assert.equal(of("tinman_pipeline_latency_seconds_count").sum.dataPoints[0]!.asDouble, 7);
    assert.ok(of("tinman_pipeline_latency_seconds_p99").gauge.dataPoints[0]!.asDouble > 0);
    assert.equal(of("tinman_channel_messages_total").sum.dataPoints.length, 4);
  }
  await server.shutdown();
});
