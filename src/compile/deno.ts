import { TinmanError } from "../errors/mod.ts";

/** Options of {@linkcode deno}. */
export interface DenoOptions {
  /** The folder to run it in. */
  readonly cwd: string | URL;
  /** What could not be done when it fails: `Cannot bundle`. */
  readonly failure: string;
  /** What to do when its words match. */
  readonly hints?: readonly (readonly [pattern: RegExp, hint: string])[];
}

/** Runs a subcommand of Deno quietly; what it says is shown when it fails. */
export async function deno(args: readonly string[], { cwd, failure, hints = [] }: DenoOptions): Promise<void> {
  const { success, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return;
  const said = (new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout))
    .replace(/\n+Stack backtrace:[^]*$/, "").trim();
  throw new TinmanError("UNAVAILABLE", `${failure}: deno ${args[0]} says: ${said}`, {
    what: `deno ${args[0]}`,
    hint: hints.find(([pattern]) => pattern.test(said))?.[1],
  });
}
