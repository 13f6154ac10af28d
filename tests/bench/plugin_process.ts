import { pluginText, Talk } from "../../src/plugin/_guest_talk.ts";
import { openGuest } from "../plugins/_process.ts";
import { milliseconds, type Part, perSecond } from "./harness.ts";

/** How many values may be under way: enough for both ends of the pipe to be busy. */
const ROOM = 1024;
const BATCH = 256;

/** A plugin's process by itself: what goes through its pipes when both ends are busy, its start and its memory. */
export async function createProcessPart({ scale }: { scale: number }): Promise<Part> {
  const talk = new Talk(await openGuest());
  await talk.load(pluginText("async ({ in: { a }, out: { b } }) => { for await (const v of a) await b.publish(v); }"));
  talk.start(1, { inputs: ["a"], outputs: ["b"], room: ROOM });
  const values = new Array(BATCH).fill("x".repeat(100));
  const count = Math.ceil(300_000 * scale / BATCH) * BATCH;
  const pipeline = () => {
    const done = Promise.withResolvers<void>();
    let [sent, took, came] = [0, 0, 0];
    const fill = () => {
      for (; sent < count && sent - took + BATCH <= ROOM; sent += BATCH) {
        talk.guest.post(["values", 1, "a", values, 0n]);
      }
    };
    talk.guest.onMessage = (message) => {
      if (message[0] === "took") took += message[3];
      else if (message[0] === "values") {
        came += message[3].length;
        talk.guest.post(["room", 1, "b", message[3].length]);
      }
      if (came === count) done.resolve();
      fill();
    };
    fill();
    return done.promise;
  };
  return {
    cases: [
      { name: "pipelined", run: () => perSecond(count, pipeline) },
      { name: "start", run: () => milliseconds(async () => void kept.push(await openGuest())) },
      { name: "memory", run: () => residentMB() },
      { name: "end", run: () => milliseconds(() => kept.pop()?.close()) },
    ],
    rows: [
      {
        work: "100 B of text through a node in a process and back, pipelined",
        ours: "pipelined",
        unit: "per second",
        floor: { atLeast: 200_000 },
      },
      { work: "a plugin's process is ready", ours: "start", unit: "ms", floor: { atMost: 300 } },
      { work: "a plugin's process is closed", ours: "end", unit: "ms", floor: { atMost: 200 } },
      { work: "memory of a plugin's process", ours: "memory", unit: "MB", floor: { atMost: 100 } },
    ],
    async [Symbol.asyncDispose]() {
      for (const guest of kept.splice(0)) await guest.close();
      await talk.guest.close();
    },
  };
}

const kept: Awaited<ReturnType<typeof openGuest>>[] = [];

/** The process that was started last, as the system counts it. */
async function residentMB(): Promise<number> {
  await using _guest = await openGuest();
  const tasks = Array.from(Deno.readDirSync("/proc/self/task"), ({ name }) => name);
  const pids = tasks.flatMap((task) => Deno.readTextFileSync(`/proc/self/task/${task}/children`).trim().split(" "));
  const pid = Math.max(...pids.map(Number));
  return Number(Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ")[1]) * 4096 / 2 ** 20;
}
