/** A member of a group in a process of its own, through librdkafka: see librdkafka_member.py. */
export interface Member extends AsyncDisposable {
  /** What it said, a line each: `assigned 0 1`, `done 0 17`. */
  readonly lines: readonly string[];
  /** Ends it and waits for that. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Debian's, whose packages are not in virtual environments. */
export const python = "/usr/bin/python3";

/** What environment librdkafka is found with; another build than the installed one may be named. */
export const librdkafkaEnv: Record<string, string> = (() => {
  const path = Deno.env.get("TINMAN_LIBRDKAFKA");
  return path === undefined ? {} : { LD_LIBRARY_PATH: path.slice(0, path.lastIndexOf("/")) };
})();

/** Which librdkafka Python has; none where it is not installed. */
export async function pythonLibrdkafka(): Promise<string | undefined> {
  const args = ["-c", "import confluent_kafka as c; print(c.libversion()[0])"];
  const options = { args, env: librdkafkaEnv, stderr: "null" } as const;
  const version = await new Deno.Command(python, options).output().then(
    ({ success, stdout }) => success ? new TextDecoder().decode(stdout).trim() : undefined,
    () => undefined,
  );
  if (version === undefined && Deno.env.get("CI") !== undefined) {
    throw new Error("librdkafka is needed in CI: apt-get install python3-confluent-kafka");
  }
  return version;
}

let wake = Promise.withResolvers<void>();

/** Resolves when what members said makes it so. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wake.promise;
}

/** Starts one. */
export function startMember(
  bootstrap: string,
  { group, topic, settings = {} }: {
    readonly group: string;
    readonly topic: string;
    readonly settings?: Readonly<Record<string, string | number>>;
  },
): Member {
  const script = new URL("librdkafka_member.py", import.meta.url).pathname;
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const child = new Deno.Command(python, {
    args: [script, bootstrap, group, topic, ...words],
    env: librdkafkaEnv,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  let rest = "";
  const reading = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        const parts = (rest + text).split("\n");
        rest = parts.pop()!;
        lines.push(...parts);
        wake.resolve();
        wake = Promise.withResolvers();
      },
    }),
  );
  const end = async (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
    await Promise.all([child.status, reading]);
  };
  return {
    lines,
    end,
    [Symbol.asyncDispose]: () => end("SIGKILL"),
  };
}
