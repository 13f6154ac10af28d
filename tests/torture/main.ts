/**
 * `deno task torture 60`: everything that depends on chance, again and again with new seeds, for an hour (10 minutes when
 * nothing is said). Processes are killed, disks fill up, bytes are flipped, random graphs are replayed; at full size. Ends at
 * the first failure, with the command that repeats it.
 */
import { formatCounts, readSummary } from "../counts.ts";

const minutes = Number(Deno.args[0] ?? 10);
if (!(minutes > 0)) {
  console.error(`Cannot run for "${Deno.args[0]}" minutes: give a number, such as: deno task torture 60`);
  Deno.exit(2);
}
const root = new URL("../..", import.meta.url);
const size = Deno.env.get("TINMAN_TORTURE") ?? "10";
// What is random in src draws seeds of its own, and says them when it fails.
const passes = [["--no-prompt", "src", "codecs"], ["-A", "tests/promises"]];

const endMs = performance.now() + minutes * 60_000;
for (let round = 1; performance.now() < endMs; round++) {
  const seed = `${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  for (const pass of passes) await runPass(pass, { round, seed });
}
console.log(`No failure in ${minutes} minutes`);

async function runPass(pass: readonly string[], { round, seed }: { round: number; seed: string }): Promise<void> {
  const startMs = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", ...pass],
    cwd: root,
    env: { TINMAN_SEED: seed, TINMAN_TORTURE: size, NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  const counts = readSummary(text);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const what = `round ${round}, seed ${seed}, ${pass.slice(1).join(" ")}`;
  if (success && counts !== undefined && counts.failed === 0 && counts.passed > 0) {
    console.log(`${what}: ${formatCounts(counts)}, ${seconds} s`);
    return;
  }
  console.log(`${text}\n${new TextDecoder().decode(stderr)}\n${what}: FAILED`);
  console.log(`Again: TINMAN_SEED=${seed} TINMAN_TORTURE=${size} deno test ${pass.join(" ")}`);
  Deno.exit(1);
}
