/** A process that runs a script of this project, with what it says line by line. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** All that it says on stderr. */
  readonly stderr: Promise<string>;
  /** The next whole line of stdout; undefined when no more comes. */
  nextLine(): Promise<string | undefined>;
  /** Goes on to the next line that begins so; fails when the process ends without it. */
  waitFor(start: string): Promise<string>;
  /** All whole lines of stdout that are left, up to its end. */
  rest(): Promise<string[]>;
  /** Writes to its stdin. */
  send(text: string): Promise<void>;
  kill(signal: Deno.Signal): void;
}

/** Options of {@linkcode startChild}. */
export interface ChildOptions {
  readonly args?: readonly string[];
  /** Flags of `deno run`. @default {["-A"]} */
  readonly flags?: readonly string[];
}

/** Starts the command line: from source, or the executable that TINMAN_BIN names. */
export function startTinman(args: readonly string[]): Child {
  const executable = Deno.env.get("TINMAN_BIN");
  return executable === undefined ? startChild("../../src/cli/main.ts", { args }) : start(executable, args);
}

/** Starts `script`, a path from this folder. Disposing it ends the process. */
export function startChild(script: string, { args = [], flags = ["-A"] }: ChildOptions = {}): Child {
  const url = new URL(script, import.meta.url);
  return start(Deno.execPath(), ["run", "--no-prompt", ...flags, url.href, ...args]);
}

function start(command: string, args: readonly string[]): Child {
  const process = new Deno.Command(command, {
    args: [...args],
    cwd: new URL("../..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const lines = linesOf(process.stdout);
  const stderr = new Response(process.stderr).text();
  const stdin = process.stdin.getWriter();
  let ended = false;
  const status = process.status.finally(() => ended = true);
  const nextLine = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : value;
  };
  return {
    pid: process.pid,
    status,
    stderr,
    nextLine,
    async waitFor(start) {
      for (;;) {
        const line = await nextLine();
        if (line?.startsWith(start)) return line;
        if (line === undefined) throw new Error(`The process did not say "${start}". It said:\n${await stderr}`);
      }
    },
    async rest() {
      const rest: string[] = [];
      for (let line = await nextLine(); line !== undefined; line = await nextLine()) rest.push(line);
      return rest;
    },
    send: (text) => stdin.write(new TextEncoder().encode(text)),
    kill(signal) {
      if (!ended) process.kill(signal);
    },
    async [Symbol.asyncDispose]() {
      if (!ended) process.kill("SIGKILL");
      await status;
      await lines.return();
      await stderr;
      await stdin.close().catch(() => {});
    },
  };
}

/** Runs `script` to its end and returns what it printed, which is JSON. */
export async function resultOf<T>(script: string, options: ChildOptions = {}): Promise<T> {
  await using child = startChild(script, options);
  const lines = await child.rest();
  const { code } = await child.status;
  if (code !== 0) throw new Error(`${script} ended with code ${code}:\n${await child.stderr}`);
  return JSON.parse(lines.at(-1) ?? "");
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    // What a killed process has half said does not count.
    text = lines.pop()!;
    yield* lines;
  }
}
