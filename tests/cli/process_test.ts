// Goal: the command line as a process: exit codes, stdout and stderr, signals, pipes. What needs no process is tested
// beside the commands in src/cli.
import assert from "node:assert/strict";
import { isExecutable, readUntil, spawn, startWords, temporaryFolder, tinman } from "./processes.ts";

const fast = `
import { channel, node } from "tinman";
const numbers = channel("numbers");
export const source = node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
  console.error("running");
  for await (const _ of clock.every(5)) await numbers.publish(1);
});
export const bad = node({ name: "bad" }, () => Promise.reject(new Error("cable pulled")));
`;

function project(files: Record<string, string> = {}) {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries({ "nodes.ts": fast, ...files })) {
    Deno.writeTextFileSync(`${folder.path}/${name}`, text);
  }
  return folder;
}

Deno.test("the exit codes of a process: 0, 1, 2, 3, 4, 5, with errors on stderr and nothing on stdout", async () => {
  using folder = project();
  const cwd = folder.path;
  Deno.mkdirSync(`${cwd}/foreign`);
  Deno.writeTextFileSync(`${cwd}/foreign/recording.json`, "{}");
  const cases: [string[], number, string[]?][] = [
    [["check", "nodes.ts:source"], 0],
    [["run", "nodes.ts:bad"], 1],
    [["rnu"], 2],
    [["check", "noeds.ts"], 3],
    [["run", "nodes.ts:source", "--record", "-d", "50ms"], 4, ["--allow-read", "--allow-env"]],
    [["log", "info", "foreign"], 5],
  ];
  // An executable has the permissions that it was made with.
  if (isExecutable) cases.splice(4, 1);
  const results = await Promise.all(
    cases.map(([args, , permissions]) => tinman(args, { cwd, ...(permissions && { permissions }) })),
  );
  results.forEach(({ code, stdout, stderr }, at) => {
    const [args, expected] = cases[at]!;
    assert.equal(code, expected, `${args.join(" ")}: ${stderr}`);
    if (expected === 0) return;
    assert.equal(stdout, "");
    assert.match(stderr, /error\[E\d{4}\]: /);
  });
});

Deno.test("an error of a node names the line of the user's file", async () => {
  using folder = project();
  const { stderr } = await tinman(["run", "nodes.ts:bad"], { cwd: folder.path });
  assert.match(stderr, /error\[E2201\]: Node "bad" failed: cable pulled\n {2}at .*nodes\.ts:8:\d+\n/);
});

Deno.test("SIGINT and SIGTERM drain a run and close its recording whole; the exit codes are 130 and 143", async () => {
  using folder = project();
  const cwd = folder.path;
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const child = spawn(["run", "nodes.ts:source", `--record=${signal}`], { cwd });
    await readUntil(child.stderr, "running");
    child.kill(signal);
    assert.equal((await child.status).code, code);
    await child.stdout.cancel();
    const info = JSON.parse((await tinman(["log", "info", signal, "--json"], { cwd })).stdout);
    assert.equal(info.clean, true);
  }
});

Deno.test("a reader that leaves early ends tinman quietly with 0", async () => {
  using folder = project();
  const cwd = folder.path;
  const words = (args: string[]) => [...startWords(), ...args].map((word) => `'${word}'`).join(" ");
  // `true` has ended long before tinman prints.
  const script = `${words(["help", "--markdown"])} | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", { args: ["-c", script], cwd }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(new TextDecoder().decode(stdout), "0\n");
});

Deno.test("the completions for bash complete commands, flags, choices, codes and files", async () => {
  using folder = project();
  const { stdout } = await tinman(["completions", "bash"], { cwd: folder.path });
  Deno.writeTextFileSync(`${folder.path}/tinman.bash`, stdout);
  const lines = [
    "tinman rep",
    "tinman log t",
    "tinman -q log cat --ra",
    "tinman graph --format d",
    "tinman explain E21",
    "tinman run node",
  ];
  const script = [
    "source ./tinman.bash",
    'try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tinman; echo "${COMPREPLY[*]}"; }',
    ...lines.map((line) => `try ${line}`),
  ].join("\n");
  const ended = await new Deno.Command("bash", { args: ["-c", script], cwd: folder.path }).output();
  assert.equal(new TextDecoder().decode(ended.stderr), "");
  assert.equal(new TextDecoder().decode(ended.stdout), "replay\ntail\n--raw\ndot\nE2104\nnodes.ts\n");
});
