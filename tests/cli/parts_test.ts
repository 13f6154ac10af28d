// Goal: a run in parts, as one has it in the field: recorded, listed, put together, verified; the last parts kept; killed.
// Method: processes on a temporary folder.
import assert from "node:assert/strict";
import { readUntil, spawn, temporaryFolder, tinman } from "./processes.ts";

const nodes = `
import { channel, node } from "tinman";
const [numbers, sums] = [channel("numbers"), channel("sums")];
export const source = node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
  for await (const _ of clock.every(1)) {
    if (numbers.published === 100) console.error("running");
    if (numbers.published === 500) return;
    await numbers.publish(numbers.published);
  }
});
export const sum = node({ name: "sum", in: { numbers }, out: { sums } }, async ({ numbers, sums, clock }) => {
  let sum = 0;
  for await (const n of numbers) await sums.publish([sum += n, \`\${clock.now()}\`]);
});
export default [source, sum];
`;

function project() {
  const folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/nodes.ts`, nodes);
  return folder;
}

const namesIn = (path: string) => Array.from(Deno.readDirSync(path), ({ name }) => name).sort();

Deno.test("run --split records parts that log copy puts together, to be verified as one", async () => {
  using folder = project();
  const cwd = folder.path;
  const run = await tinman(["run", "nodes.ts", "--record=runs", "--split", "8KB"], { cwd });
  assert.equal(run.code, 0, run.stderr);
  const parts = JSON.parse((await tinman(["log", "list", "runs", "--json"], { cwd })).stdout).recordings;
  assert.ok(parts.length > 2);
  parts.forEach(({ part, clean }: { part: { number: number }; clean: boolean }, i: number) => {
    assert.deepEqual([part.number, clean], [i + 1, true]);
  });
  assert.match(run.stderr, new RegExp(`recorded .*, nothing lost, to .* … .* \\(${parts.length} parts\\)`));
  assert.match((await tinman(["log", "list", "runs"], { cwd })).stdout, /clean, part 2$/m);

  const paths = parts.map(({ folder }: { folder: string }) => folder);
  assert.equal((await tinman(["log", "copy", ...paths, "whole.mcap"], { cwd })).code, 0);
  const [whole, first, second] = await Promise.all(["whole.mcap", paths[0], paths[1]].map((path) => {
    return tinman(["replay", path, "nodes.ts", "--verify"], { cwd });
  }));
  assert.equal(whole!.code, 0, whole!.stdout + whole!.stderr);
  assert.match(whole!.stdout, /^sums +([\d,]+) +\1 +same$/m);
  assert.equal(first!.code, 0, first!.stdout + first!.stderr);
  assert.equal(second!.code, 2);
  assert.match(
    second!.stderr,
    /Cannot verify part 2 of the run \w+: nodes keep state from its beginning\n.*log copy PART1/,
  );
});

Deno.test("run --split --keep has the last parts only, and says so first", async () => {
  using folder = project();
  const cwd = folder.path;
  const args = ["run", "nodes.ts", "--record=runs/run.mcap", "--split", "4KB", "--keep", "30KB"];
  Deno.mkdirSync(`${cwd}/runs`);
  Deno.writeTextFileSync(`${cwd}/runs/run-3.mcap`, "mine");
  const kept = await tinman(args, { cwd });
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(kept.stderr, /^parts of this run beyond 30KB are deleted, the oldest first \(--keep\)\n/);
  assert.match(kept.stderr, /\(\d+ parts?; [1-9]\d* older parts? deleted\)/);
  assert.doesNotMatch(kept.stderr, /warning/);
  assert.ok(!namesIn(`${cwd}/runs`).includes("run.mcap"));
  assert.equal(Deno.readTextFileSync(`${cwd}/runs/run-3.mcap`), "mine");
  const left = namesIn(`${cwd}/runs`).filter((name) => name !== "run-3.mcap");
  assert.ok(left.reduce((sum, name) => sum + Deno.statSync(`${cwd}/runs/${name}`).size, 0) < 45_000);
});

Deno.test("a run that is killed leaves parts that are whole, and are put together up to where it was", async () => {
  using folder = project();
  const cwd = folder.path;
  const child = spawn(["run", "nodes.ts", "--record=killed", "--split", "2KB"], { cwd });
  await readUntil(child.stderr, "running");
  child.kill("SIGKILL");
  await Promise.all([child.status, child.stdout.cancel()]);
  const parts = namesIn(`${cwd}/killed`);
  const checks = await Promise.all(parts.map((name) => tinman(["log", "verify", `killed/${name}`], { cwd })));
  assert.ok(parts.length > 2);
  for (const { code, stdout } of checks) assert.equal(code, 0, stdout);
  const copy = await tinman(["log", "copy", ...parts.map((name) => `killed/${name}`), "whole"], { cwd });
  assert.equal(copy.code, 0, copy.stderr);
  const { code, stdout, stderr } = await tinman(["replay", "whole", "nodes.ts", "--verify"], { cwd });
  assert.equal(code, 0, stdout + stderr);
});
