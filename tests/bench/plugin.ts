import { openPluginCodecs } from "../../src/plugin/mod.ts";
import { openQuickJs } from "../../src/plugin/quickjs.ts";
import { openTrusted } from "../../src/plugin/trusted.ts";
import type { Guest } from "../../src/plugin/protocol.ts";
import { openGuest as openProcess } from "../plugins/_process.ts";
import { type Group, milliseconds, type Part, type PartMaker, perSecond, type Row } from "./harness.ts";
import { createProcessPart } from "./plugin_process.ts";

const now = () => performance.now();

/** Every tier, as the row names it. */
const tiers: Readonly<Record<string, () => Guest | Promise<Guest>>> = {
  trusted: () => openTrusted(),
  quickjs: () => openQuickJs({ now }),
  process: () => openProcess(),
};

/** Plugins: what it costs to have a border around a node or a codec. */
export const pluginGroup: Group = {
  title: "Plugins",
  parts: [
    createNodePart("bytes", Uint8Array.from({ length: 100 }, (_, i) => i)),
    createNodePart("fields", fields()),
    createStartPart,
    createMemoryPart,
    createProcessPart,
    createCodecPart,
  ],
};

const echo = `export default { nodes: { echo: { input: (value, { out }) => out.output.publish(value) } } };`;
/** As a session has it: so many values may be under way on each side. */
const ROOM = 256;

function createNodePart(what: string, value: unknown): PartMaker {
  return async ({ scale }) => {
    const echoes = await Promise.all(
      Object.entries(tiers).map(async ([name, open]) => [name, await Echo.open(open)] as const),
    );
    const worker = new Worker(URL.createObjectURL(new Blob(["onmessage = ({ data }) => postMessage(data)"])), {
      type: "module",
    });
    const count = Math.ceil(40_000 * scale / ROOM) * ROOM;
    const row = (tier: string, peer: string): Row => ({
      work: `a message of 100 B (${what}) through a node and back, tier ${tier}`,
      ours: tier,
      peer,
      unit: "per second",
      ...(peer === ONE_BY_ONE && tier !== "process" && { floor: { ratio: tier === "trusted" ? 10 : 0.5 } }),
    });
    return {
      cases: [
        ...echoes.map(([name, echo]) => ({ name, run: () => perSecond(count, () => echo.send(value, count)) })),
        { name: ONE_BY_ONE, run: () => perSecond(count / 4, () => postOneByOne(worker, value, count / 4)) },
        { name: "function call", run: () => perSecond(count * 20, () => callDirectly(value, count * 20)) },
      ],
      rows: [...Object.keys(tiers).map((tier) => row(tier, ONE_BY_ONE)), row("trusted", "function call")],
      async [Symbol.asyncDispose]() {
        worker.terminate();
        for (const [, echo] of echoes) await echo.guest.close();
      },
    };
  };
}

const ONE_BY_ONE = "worker, one by one";

/** A guest with a node that sends back what it gets. */
class Echo {
  #received = 0;
  #wanted = 0;
  #done: (() => void) | undefined;

  private constructor(readonly guest: Guest) {}

  static async open(open: () => Guest | Promise<Guest>): Promise<Echo> {
    const echo = new Echo(await load(open));
    const { guest } = echo;
    guest.onMessage = (message) => {
      if (message[0] !== "values") return;
      const { length } = message[3];
      guest.post(["room", 1, "output", length]);
      echo.#received += length;
      if (echo.#received === echo.#wanted) echo.#done!();
      else if (echo.#received % ROOM === 0) echo.#batch();
    };
    const rest = { config: {}, inputs: ["input"], outputs: ["output"], seed: "", timeNs: 0n, room: ROOM };
    guest.post(["start", 1, { node: "echo", name: "echo", ...rest }]);
    return echo;
  }

  #batch: () => void = () => {};

  /** Resolves when all of `count` copies of `value` came back. */
  send(value: unknown, count: number): Promise<void> {
    const values = Array.from({ length: ROOM }, () => value);
    [this.#received, this.#wanted] = [0, count];
    this.#batch = () => this.guest.post(["values", 1, "input", values, 0n]);
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#batch();
    });
  }
}

/** A guest whose plugin is ready. */
async function load(open: () => Guest | Promise<Guest>): Promise<Guest> {
  const guest = await open();
  await new Promise<void>((resolve, reject) => {
    guest.onMessage = (message) => {
      if (message[0] === "ready") resolve();
      if (message[0] === "broken") reject(new Error(message[1].message));
    };
    guest.onGone = reject;
    guest.post(["load", [{ name: "mod.ts", code: echo }]]);
  });
  return guest;
}

async function postOneByOne(worker: Worker, value: unknown, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      worker.onmessage = resolve;
      worker.postMessage(value);
    });
  }
}

let seen: unknown;

function callDirectly(value: unknown, count: number): void {
  const node = (value: unknown, publish: (value: unknown) => void) => publish(value);
  for (let i = 0; i < count; i++) node(value, (value) => seen = [value, seen === undefined]);
}

function createStartPart(): Part {
  const floors: Readonly<Record<string, number>> = { trusted: 20, quickjs: 50, process: 1000 };
  return {
    cases: Object.entries(tiers).map(([name, open]) => ({
      name,
      run: () => milliseconds(async () => await (await load(open)).close()),
    })),
    rows: Object.keys(tiers).map((tier) => ({
      work: `a plugin is loaded and closed again, tier ${tier}`,
      ours: tier,
      unit: "ms",
      floor: { atMost: floors[tier]! },
    })),
  };
}

/** Guests that do nothing but be there. They are kept, so that no round finds what another one has left. */
async function createMemoryPart(): Promise<Part> {
  const kept: Guest[] = [await load(tiers.quickjs!)];
  return {
    cases: [{
      name: "quickjs",
      async run() {
        const beforeBytes = Deno.memoryUsage().rss;
        for (let i = 0; i < 10; i++) kept.push(await load(tiers.quickjs!));
        return (Deno.memoryUsage().rss - beforeBytes) / 10 / 2 ** 20;
      },
    }],
    rows: [{ work: "memory of one more plugin, tier quickjs", ours: "quickjs", unit: "MB", floor: { atMost: 8 } }],
    async [Symbol.asyncDispose]() {
      for (const guest of kept) await guest.close();
    },
  };
}

async function createCodecPart({ scale }: { scale: number }): Promise<Part> {
  const code = `export default { codecs: { point: {
    version: 1,
    encode: ({ x, y }) => new Uint8Array(new Float64Array([x, y]).buffer),
    decode: (bytes) => { const [x, y] = new Float64Array(bytes.buffer); return { x, y }; },
  } } };`;
  const plugin = { id: "org.example.bench", sha256: "", modules: [{ name: "mod.ts", code }] };
  const codecs = await openPluginCodecs(plugin, { now });
  const codec = codecs.codec("point");
  const items = Array.from({ length: 5000 * scale }, (_, i) => codec.encode({ x: i, y: -i }));
  const row = (ours: string, floor: number): Row => ({
    work: `16 B decoded by a plugin's codec, ${ours}`,
    ours,
    peer: "the same code, no plugin",
    unit: "per second",
    floor: { atLeast: floor },
  });
  return {
    cases: [
      { name: "one by one", run: () => perSecond(items.length, () => items.map((item) => codec.decode(item))) },
      { name: "in batches", run: () => perSecond(items.length, () => codec.decodeAll(items)) },
      {
        name: "the same code, no plugin",
        run: () =>
          perSecond(items.length, () =>
            items.map((item) => {
              const [x, y] = new Float64Array(item.buffer, item.byteOffset, 2);
              return { x, y };
            })),
      },
    ],
    rows: [row("one by one", 8000), row("in batches", 15_000)],
    [Symbol.asyncDispose]: () => codecs.close(),
  };
}

/** About 100 B of JSON. */
function fields(): unknown {
  return { id: 17, sensor: "temperature", value: 21.5, unit: "C", ok: true, place: [52.1, 4.3], at: "2026-05-01" };
}
