import { channel, type Node, node, run } from "tinman";
import { type Message, PromiseQueue, step } from "./channel_peers.ts";
import type { Group, Row } from "./harness.ts";

const row = (work: string, ours: string): Row => ({
  work: `5 ms timer beside a full ${work}: 99 % of ticks within`,
  ours,
  peer: "promise queue",
  unit: "ms",
  floor: { atMost: 20 },
});

/** How soon the rest of the program gets its turn while a graph keeps a core busy. */
export const responsiveGroup: Group = {
  title: "Responsive at full load",
  parts: [({ scale }) => {
    const loadMs = 1000 * Math.max(scale, 0.1);
    return {
      cases: [
        { name: "1→1", run: () => lateness(() => run(createChain({ stages: 0 }), { durationMs: loadMs })) },
        { name: "five nodes", run: () => lateness(() => run(createChain({ stages: 3 }), { durationMs: loadMs })) },
        { name: "promise queue", run: () => lateness(() => saturateQueue(loadMs)) },
      ],
      rows: [row("1→1 graph", "1→1"), row("graph of five nodes", "five nodes")],
    };
  }, () => ({
    cases: [
      { name: "draining", run: () => interrupt("draining") },
      { name: "gone", run: () => interrupt("gone") },
      { name: "promise queue", run: () => interrupt("draining", { load: "queue" }) },
    ],
    rows: [
      {
        work: "Ctrl-C on a full graph of five nodes: starts draining within",
        ours: "draining",
        peer: "promise queue",
        unit: "ms",
        floor: { atMost: 100 },
      },
      { work: "Ctrl-C on a full graph of five nodes: drained and gone within", ours: "gone", unit: "ms" },
    ],
  })],
};

/** A source that never rests, `stages` handlers, and a reader. */
export function createChain({ stages }: { stages: number }): Node[] {
  const first = channel<Message>("first");
  const nodes: Node[] = [node({ out: { first } }, async ({ first, signal }) => {
    for (let i = 0; !signal.aborted; i++) await first.publish({ id: i, value: i });
  })];
  let last = first;
  for (let stage = 0; stage < stages; stage++) {
    const next = channel<Message>(`stage ${stage}`);
    nodes.push(node({ in: { last }, out: { next } }, { last: (message, { next }) => next.publish(step(message)) }));
    last = next;
  }
  return [...nodes, node({ in: { last } }, { last: () => {} })];
}

/** The 99th percentile of how late a tick of a 5 ms timer comes while `work` goes on, in milliseconds between ticks. */
async function lateness(work: () => Promise<unknown>): Promise<number> {
  const gaps: number[] = [];
  let lastMs = performance.now();
  const note = () => {
    const nowMs = performance.now();
    gaps.push(nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(note, 5);
  await work();
  note();
  clearInterval(timer);
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length * 0.99)]!;
}

/** Two loops over a queue of promises: the event loop never turns before they end. */
export async function saturateQueue(loadMs: number, isOver = () => false): Promise<void> {
  const queue = new PromiseQueue<number>(10);
  const endMs = performance.now() + loadMs;
  const reader = (async () => {
    while (await queue.shift() !== undefined);
  })();
  for (let i = 0; i % 1024 !== 0 || (performance.now() < endMs && !isOver()); i++) await queue.push(i);
  queue.close();
  await reader;
}

/** Starts a busy graph in a process of its own, interrupts it as a person would, and times until it is so far. */
async function interrupt(until: "draining" | "gone", { load = "graph" } = {}): Promise<number> {
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("busy.ts", import.meta.url).pathname, load],
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(30_000),
  }).spawn();
  const lines = { reader: child.stdout.pipeThrough(new TextDecoderStream()).getReader(), text: "" };
  await readUntil(lines, "busy");
  const startMs = performance.now();
  child.kill("SIGINT");
  await readUntil(lines, "draining");
  const drainingMs = performance.now() - startMs;
  await readUntil(lines, "drained");
  await child.status;
  return until === "draining" ? drainingMs : performance.now() - startMs;
}

/** Reads on until `word` was said; `lines` may come several at a time. */
async function readUntil(lines: Heard, word: string): Promise<void> {
  while (!lines.text.includes(word)) {
    const { value, done } = await lines.reader.read();
    if (done) throw new Error(`Cannot trust this measurement: the busy process ended before it said "${word}"`);
    lines.text += value;
  }
}

interface Heard {
  readonly reader: ReadableStreamDefaultReader<string>;
  text: string;
}
