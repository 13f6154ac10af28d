import { freePort } from "./_port.ts";

/** Mosquitto, the broker of Debian, on a port of its own. */
export interface Broker extends AsyncDisposable {
  /** host:port */
  readonly address: string;
  /** Ends it: `SIGTERM` lets it save what it keeps for others, `SIGKILL` does not. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again at the same place. */
  start(): Promise<void>;
}

/** Starts it; `lines` are added to its configuration. */
export async function openBroker(lines: readonly string[] = []): Promise<Broker> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-mosquitto-" });
  const port = freePort();
  const config = [
    `listener ${port} 127.0.0.1`,
    ...(lines.some((line) => line.startsWith("allow_anonymous")) ? [] : ["allow_anonymous true"]),
    // It gives its rights up when root starts it, and then cannot write to the folder.
    "user root",
    "persistence true",
    `persistence_location ${folder}/`,
    "max_queued_messages 0",
    "log_dest stderr",
    ...lines.map((line) => line.replace("FOLDER", folder)),
  ];
  await Deno.writeTextFile(`${folder}/mosquitto.conf`, config.join("\n") + "\n");
  let running: { child: Deno.ChildProcess; drained: Promise<void> } | undefined;
  const broker: Broker = {
    address: `127.0.0.1:${port}`,
    start: async () => {
      const child = new Deno.Command("mosquitto", {
        args: ["-c", `${folder}/mosquitto.conf`],
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const said = child.stderr.pipeThrough(new TextDecoderStream());
      let text = "";
      for await (const piece of said.values({ preventCancel: true })) {
        text += piece;
        if (/mosquitto version \S+ running/.test(text)) break;
      }
      running = { child, drained: said.pipeTo(new WritableStream()) };
    },
    end: async (signal) => {
      if (running === undefined) return;
      const { child, drained } = running;
      running = undefined;
      child.kill(signal);
      await child.status;
      await drained;
    },
    [Symbol.asyncDispose]: async () => {
      await broker.end("SIGKILL");
      await Deno.remove(folder, { recursive: true });
    },
  };
  await broker.start();
  return broker;
}
