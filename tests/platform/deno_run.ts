/** What a process has left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a process of its own, in an empty folder, with these flags of `deno run`. */
export async function denoRun(flags: readonly string[], program: string): Promise<Finished> {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/program.js`, program);
    const args = ["run", "--no-check", "--no-prompt", ...flags, `${folder}/program.js`];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Where this project's source is, for the imports of such a program. */
export const source: string = import.meta.resolve("../../src");
