/**
 * `deno task bench`: every claim about speed beside a peer measured in the same minutes, with the floor it must reach.
 *
 * `deno task bench log channel` runs two groups, `--rounds 11` takes more time, `--quick` only shows that all of it runs,
 * `--write` keeps the tables in tests/bench/README.md.
 */
import { parseArgs } from "node:util";
import { brokerGroup } from "./broker.ts";
import { channelGroup } from "./channel.ts";
import { graphGroup } from "./graph.ts";
import { type Group, measure, type Result } from "./harness.ts";
import { inspectorGroup } from "./inspector.ts";
import { logGroup } from "./log.ts";
import { mcapGroup } from "./mcap.ts";
import { meshGroup } from "./mesh.ts";
import { pipelineGroup } from "./pipeline.ts";
import { pluginGroup } from "./plugin.ts";
import { poolGroup } from "./pool.ts";
import { reactiveGroup } from "./reactive.ts";
import { writeReport } from "./report.ts";
import { responsiveGroup } from "./responsive.ts";
import { formatTable } from "./table.ts";
import { workerGroup } from "./worker.ts";

const groups: Readonly<Record<string, Group>> = {
  log: logGroup,
  mcap: mcapGroup,
  broker: brokerGroup,
  mesh: meshGroup,
  channel: channelGroup,
  graph: graphGroup,
  responsive: responsiveGroup,
  pipeline: pipelineGroup,
  plugin: pluginGroup,
  pool: poolGroup,
  reactive: reactiveGroup,
  worker: workerGroup,
  inspector: inspectorGroup,
};

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "7" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    part: { type: "string" }, // for ourselves: measure this part of the one group and print JSON
  },
});
const rounds = options.quick ? 1 : Number(options.rounds);
const names = positionals.length > 0 ? positionals : Object.keys(groups);

if (options.part !== undefined) {
  console.log(JSON.stringify(await runPart(groups[names[0]!]!, Number(options.part))));
} else {
  for (const name of names) await runGroup(name);
}

async function runGroup(name: string): Promise<void> {
  const group = groups[name];
  if (group === undefined) {
    console.error(`Cannot measure "${name}": the groups are ${Object.keys(groups).join(", ")}`);
    Deno.exit(2);
  }
  const startMs = performance.now();
  const results: Result[] = [];
  for (const part of group.parts.keys()) results.push(...await startPart(name, part));
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const table = formatTable(results);
  console.log(`\n${group.title}: median (min … max) of ${rounds} rounds, ${seconds} s\n\n${table}`);
  if (options.write) await writeReport(name, { title: group.title, table, rounds });
}

/** Measures one part in a process of its own, so that no part finds the code as another one left it. */
async function startPart(name: string, part: number): Promise<Result[]> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      new URL(import.meta.url).pathname,
      name,
      `--rounds=${rounds}`,
      ...options.quick ? ["--quick"] : [],
      `--part=${part}`,
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot measure part ${part} of "${name}"`);
  return JSON.parse(new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!);
}

async function runPart({ parts }: Group, index: number): Promise<Result[]> {
  const part = await parts[index]!({ scale: options.quick ? 0.01 : 1 });
  try {
    return await measure(part, { rounds });
  } finally {
    await part[Symbol.asyncDispose]?.();
  }
}
