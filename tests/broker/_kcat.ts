/** librdkafka's own command line, from Debian's package kcat; .ci/run installs it. */
export const hasKcat: boolean = await new Deno.Command("kcat", { args: ["-V"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);
if (!hasKcat && Deno.env.get("CI") !== undefined) throw new Error("kcat is needed in CI: apt-get install kcat");

/** A kcat that runs. */
export interface Kcat {
  /** Hands it some input. */
  write(text: string): Promise<void>;
  /** Ends its input, and waits until it has done with it. Fails when it did not do well. */
  end(): Promise<void>;
  /** Ends it. */
  kill(): Promise<void>;
}

/** Starts one; `onLine` hears what it prints. */
export function startKcat(args: readonly string[], onLine: (line: string) => void = () => {}): Kcat {
  const child = new Deno.Command("kcat", { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const errors = new Response(child.stderr).text();
  const reading = (async () => {
    for await (const line of lines(child.stdout)) onLine(line);
  })();
  const ended = async () => {
    const [{ code }, text] = await Promise.all([child.status, errors, reading]);
    return { code, text };
  };
  return {
    write: (text) => writer.write(new TextEncoder().encode(text)),
    async end() {
      await writer.close();
      const { code, text } = await ended();
      if (code !== 0) throw new Error(`kcat ended with ${code}: ${text}`);
    },
    async kill() {
      child.kill("SIGTERM");
      await Promise.all([ended(), writer.close().catch(() => {})]);
    },
  };
}

/** What a process prints, a line at a time. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const found = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = found.pop()!;
    yield* found;
  }
}
