import type { Queue } from "./broker_queues.ts";

/** librdkafka, as Debian's kcat: lines of a file are the records. The rate is with the start of the program. */
export async function openKcat(
  bootstrap: string,
  { count, bytes, name = "librdkafka" }: { count: number; bytes: number; name?: string },
): Promise<Queue> {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, `${"x".repeat(bytes)}\n`.repeat(count));
  const kcat = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("kcat", {
      args: ["-b", bootstrap, ...args.flatMap((arg) => arg.includes(".") && arg.includes("=") ? ["-X", arg] : [arg])],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`kcat: ${new TextDecoder().decode(stderr)}`);
  };
  return {
    name,
    produce: (topic) =>
      kcat(
        "-P",
        "-t",
        topic,
        "linger.ms=5",
        "batch.num.messages=10000",
        "queue.buffering.max.messages=1000000",
        "-l",
        file,
      ),
    consume: (topic) =>
      kcat(
        ...["-C", "-t", topic, "-o", "beginning", "-q", "-c", `${count}`],
        ...["queued.min.messages=10000000", "queued.max.messages.kbytes=1000000"],
      ),
    delete: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Deno.remove(file),
  };
}
