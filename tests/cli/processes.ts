/** What a process of the command line said and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const mainPath = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** The words that start tinman: from source, or the executable that TINMAN_BIN names. */
export function startWords(permissions: readonly string[] = ["-A"]): string[] {
  return executable === undefined ? [Deno.execPath(), "run", "--no-prompt", ...permissions, mainPath] : [executable];
}

const executable = Deno.env.get("TINMAN_BIN");
/** Whether TINMAN_BIN names what is tested, in place of the source. */
export const isExecutable: boolean = executable !== undefined;

/** Runs a command line to its end. */
export async function tinman(
  args: readonly string[],
  options: { cwd: string; permissions?: string[]; env?: Record<string, string> },
): Promise<Ended> {
  const { code, stdout, stderr } = await spawn(args, options).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts a command line. */
export function spawn(
  args: readonly string[],
  options: { cwd: string; permissions?: string[]; stdin?: "piped"; env?: Record<string, string> },
): Deno.ChildProcess {
  const [command, ...words] = startWords(options.permissions);
  return new Deno.Command(command!, {
    args: [...words, ...args],
    cwd: options.cwd,
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...options.env },
  }).spawn();
}

/** Reads from a stream until `wanted` is in it; the rest is left to be read on. */
export async function readUntil(stream: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  // With the types of browsers, which the inspector's page brings along, the stream takes less than it does.
  const decoder = new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>;
  const reader = stream.pipeThrough(decoder).getReader();
  let text = "";
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  // Whoever writes on must not be held up by a full pipe.
  void (async () => {
    while (!(await reader.read()).done);
  })();
  return text;
}

/** A temporary folder that is removed. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "tinman-cli-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}
