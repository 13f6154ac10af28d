/**
 * `deno task test`: first the engines without any permission, then what needs files and processes. Ends with one line
 * that people and machines read: `N passed, N failed`. Options go to `deno test`, paths choose what runs:
 * `deno task test src/log --filter recover`.
 */
import { addCounts, type Counts, formatCounts, readSummary } from "./counts.ts";

interface Pass {
  readonly title: string;
  readonly flags: readonly string[];
  readonly paths: readonly string[];
}

// Examples in comments run as well; those in Markdown files are run by readme_test.ts, which knows which belong together.
const docs = ["--doc", "--ignore=**/*.md"];
// What measures time and memory does not run beside others; what has no permissions runs in half the time.
const passes: readonly Pass[] = [
  { title: "no permissions", flags: ["--no-prompt", "--parallel", ...docs], paths: ["src", "codecs"] },
  { title: "files and processes", flags: ["-A", ...docs], paths: ["tests", "plugins", "mod.ts"] },
];
/** A pass that prints nothing for so long hangs. */
const silenceMs = 5 * 60_000;

const root = new URL("..", import.meta.url);
const { paths, options } = splitArguments(Deno.args);

let total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const pass of passes) {
  const chosen = paths.length === 0
    ? pass.paths.filter(hasTests)
    : paths.filter((path) => pass.paths.some((folder) => isInside(path, folder)));
  if (chosen.length > 0) total = addCounts(total, await runPass(pass, chosen));
}
if (total.passed + total.failed === 0) console.log("\nNo test ran: look at the filter and the paths");
console.log(`\n${formatCounts(total)}`);
Deno.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function runPass({ title, flags }: Pass, chosen: readonly string[]): Promise<Counts> {
  console.log(`\n# ${title}: ${chosen.join(" ")}`);
  // Never the word `deno`: with `npx deno` there is none on the PATH.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...flags, ...options, ...chosen],
    cwd: root,
    stdout: "piped",
    env: Deno.stdout.isTerminal() && !Deno.noColor ? { FORCE_COLOR: "1" } : {},
  }).spawn();
  const [status, text] = await Promise.all([child.status, passOn(child)]);
  const counts = readSummary(text);
  if (counts !== undefined && (status.success || counts.failed > 0)) return counts;
  if (counts?.passed === 0) return counts; // `deno test` fails when a filter leaves nothing to run
  console.log(
    `The pass "${title}" ended with code ${status.code} before it could say what passed; this counts as one failure`,
  );
  return addCounts(counts ?? { passed: 0, failed: 0, skipped: 0 }, { passed: 0, failed: 1, skipped: 0 });
}

/** Prints what comes as it comes, and keeps its end, where the summary stands. Ends the child when nothing comes. */
async function passOn(child: Deno.ChildProcess): Promise<string> {
  const giveUp = () => {
    console.log(`\nNothing was printed for ${silenceMs / 60_000} minutes: the test behind the last line hangs`);
    child.kill("SIGKILL");
  };
  const decoder = new TextDecoder();
  let tail = "";
  let timer = setTimeout(giveUp, silenceMs);
  for await (const chunk of child.stdout) {
    clearTimeout(timer);
    timer = setTimeout(giveUp, silenceMs);
    for (let at = 0; at < chunk.length;) at += Deno.stdout.writeSync(chunk.subarray(at));
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-20_000);
  }
  clearTimeout(timer);
  return tail;
}

function splitArguments(args: readonly string[]): { paths: string[]; options: string[] } {
  const isPath = (arg: string, before: string | undefined) =>
    !arg.startsWith("-") && before !== "--filter" && exists(arg.split("::")[0]!);
  return {
    paths: args.filter((arg, i) => isPath(arg, args[i - 1])),
    options: args.filter((arg, i) => !isPath(arg, args[i - 1])),
  };
}

function isInside(path: string, folder: string): boolean {
  const clean = path.replace(/^\.\//, "");
  return clean === folder || clean.startsWith(`${folder}/`);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, root)) !== undefined;
  } catch {
    return false;
  }
}

function hasTests(folder: string): boolean {
  if (!exists(folder)) return false;
  if (folder.endsWith(".ts")) return true;
  for (const entry of Deno.readDirSync(new URL(folder, root))) {
    if (entry.isDirectory ? hasTests(`${folder}/${entry.name}`) : entry.name.endsWith("_test.ts")) return true;
  }
  return false;
}
