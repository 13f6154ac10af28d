import { spawn } from "../cli/processes.ts";

/** A broker in a process of its own, through the command line. */
export interface BrokerProcess extends AsyncDisposable {
  readonly bootstrap: string;
  readonly pid: number;
  /** Ends it, politely or not; says how it ended. */
  end(signal: "SIGTERM" | "SIGKILL" | "SIGINT"): Promise<number>;
}

/** Starts `tinman broker start`, on a free port where `args` says no other. */
export async function startBrokerProcess(args: readonly string[] = []): Promise<BrokerProcess> {
  const cwd = await Deno.makeTempDir();
  const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const child = spawn(["broker", "start", ...listen, ...args], { cwd });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the broker ended before it was ready: ${await new Response(child.stderr).text()}`);
    text += value;
  }
  const drained = Promise.all([
    child.stderr.pipeTo(new WritableStream()),
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ]);
  let ended: Promise<number> | undefined;
  const end = (signal: Deno.Signal) =>
    ended ??= (async () => {
      child.kill(signal);
      const { code } = await child.status;
      await drained;
      await Deno.remove(cwd, { recursive: true });
      return code;
    })();
  return {
    bootstrap: text.trim(),
    pid: child.pid,
    end,
    [Symbol.asyncDispose]: async () => void await end("SIGTERM"),
  };
}
