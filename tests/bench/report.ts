const file = new URL("README.md", import.meta.url);

/** Puts the table of one group into tests/bench/README.md, with what it was measured on. */
export async function writeReport(
  name: string,
  { title, table, rounds }: { title: string; table: string; rounds: number },
): Promise<void> {
  const [start, end] = [`<!-- ${name}: written by --write -->`, `<!-- end of ${name} -->`];
  const facts = `Median (min … max) of ${rounds} rounds; \`deno task bench ${name}\`; ${await describeRun()}.`;
  const section = `${start}\n\n## ${title}\n\n${facts}\n\n${table}\n\n${end}`;
  const text = await Deno.readTextFile(file);
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  const next = from < 0 || to < 0
    ? `${text.trimEnd()}\n\n${section}\n`
    : text.slice(0, from) + section + text.slice(to + end.length);
  await Deno.writeTextFile(file, next);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file.pathname] }).output();
}

/** Day, commit, machine and how busy it was: what somebody needs who gets another number. */
async function describeRun(): Promise<string> {
  const [load] = Deno.loadavg();
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  return [
    new Date().toISOString().slice(0, 10),
    `commit ${await readCommit()}`,
    `Deno ${Deno.version.deno}`,
    `${readCpu()}, ${navigator.hardwareConcurrency} cores, ${memory} GiB, ${Deno.build.os} ${Deno.osRelease()}`,
    `load ${load!.toFixed(1)} at the end`,
  ].join("; ");
}

async function readCommit(): Promise<string> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  };
  const commit = await git("rev-parse", "--short", "HEAD");
  return await git("status", "--porcelain", "--", "src", "codecs", "tests/bench/*.ts") === ""
    ? commit
    : `${commit} with changes`;
}

function readCpu(): string {
  try {
    return /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}
