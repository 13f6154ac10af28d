/**
 * `deno task bench`: every claim about speed beside a peer measured in the same minute, with the floor it must reach.
 *
 * `deno task bench log channel` runs two groups, `--rounds 11` takes more time, `--quick` shows only that all runs,
 * `--write` keeps the tables in tests/bench/README.md.
 */
import { createChannelGroup } from "./channel.ts";
import { type Group, measure } from "./harness.ts";
import { writeReport } from "./report.ts";
import { formatTable } from "./table.ts";

/** Makes each group when its turn comes. `scale` shrinks the work. */
const groups: Readonly<Record<string, (options: { scale: number }) => Group | Promise<Group>>> = {
  channel: createChannelGroup,
};

const names = Deno.args.filter((arg, i) => !arg.startsWith("-") && Deno.args[i - 1] !== "--rounds");
const unknown = names.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`Cannot measure ${unknown.join(", ")}: the groups are ${Object.keys(groups).join(", ")}`);
  Deno.exit(2);
}
const quick = Deno.args.includes("--quick");
const rounds = quick ? 1 : Number(Deno.args[Deno.args.indexOf("--rounds") + 1] ?? 7) || 7;

for (const [name, create] of Object.entries(groups)) {
  if (names.length > 0 && !names.includes(name)) continue;
  await using group = await create({ scale: quick ? 0.01 : 1 });
  const startMs = performance.now();
  const results = await measure(group, { rounds });
  const table = formatTable(results);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`\n${group.title}: median (min … max) of ${rounds} rounds, ${seconds} s\n\n${table}`);
  if (Deno.args.includes("--write")) await writeReport(group, { table, rounds });
}
