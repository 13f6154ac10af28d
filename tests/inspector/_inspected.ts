import { spawn, temporaryFolder } from "../cli/processes.ts";

/** Nodes whose values are of every kind that a page has to show, hostile ones too. */
const NODES = `import { channel, map, node } from "tinman";
const gps = channel("gps"), imu = channel("imu", { capacity: 64 }), image = channel("camera/front");
const pose = channel("pose"), plan = channel("plan"), odd = channel("<b>odd</b>");
const source = (name, out, ms, make) => node({ out: { out }, name }, async ({ out, clock }) => {
  let i = 0;
  for await (const _ of clock.every(ms)) await out.publish(make(i++));
});
const hostile = { html: "<img src=x onerror=\\"globalThis.pwned=1\\">", esc: "\\x1b[31mred\\x1b]0;title\\x07", __proto: { $: "html" }, $: 1 };
export default [
  source("gps receiver", gps, 100, (i) => ({ lat: 52.5 + i * 1e-5, lon: 13.4, fix: i % 3, sats: [1, 5, 9, 12], at: BigInt(i) })),
  source("imu", imu, 5, (i) => ({ acc: [Math.sin(i / 20), Math.cos(i / 20), 9.81], seq: i })),
  source("camera", image, 200, (i) => ({ width: 320, height: 240, data: new Uint8Array(320 * 240).fill(i) })),
  source("<i>prankster</i>", odd, 150, () => hostile),
  node({ in: { gps, imu }, out: { pose }, name: "fusion" }, {
    gps() {},
    imu: (m, { pose }) => m.seq % 4 === 0 ? pose.publish({ seq: m.seq, yaw: m.acc[0] }) : undefined,
  }),
  node({ in: { pose, image, odd }, out: { plan }, name: "planner" }, {
    image() {},
    odd() {},
    pose: (p, { plan, log }) => {
      if (p.seq % 400 === 0) log.warn("the plan is older than 200 ms");
      return plan.publish({ steer: p.yaw * 0.3, seq: p.seq });
    },
  }),
  node({ in: { plan }, name: "motors" }, { plan() {} }),
];
`;

/** A node that publishes as fast as it can. */
const FAST = `import { channel, node } from "tinman";
const numbers = channel("numbers");
export default [
  node({ out: { numbers } }, async function source({ numbers }) {
    for (let i = 0;; i++) await numbers.publish({ i });
  }),
  node({ in: { numbers } }, { numbers() {} }),
];
`;

/** A pipeline of a configuration. */
const PIPELINE = JSON.stringify(
  {
    pipeline_config: { trigger_every_ms: 10, priority: "high", channel_capacity: 4 },
    nodes: [
      { id: "sine", type: "SineGenerator", config: { frame_size: 64 } },
      { id: "loud", type: "Gain", config: { gain: 2 } },
      { id: "fft", type: "FFT" },
    ],
    connections: [{ from: "sine", to: "loud" }, { from: "loud", to: "fft" }],
  },
  null,
  2,
);

/** A command line that shows an inspector, until it is disposed of. */
export interface Inspected extends AsyncDisposable {
  /** The address with its token. */
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  /** All that it said on either stream so far. */
  said(): string;
  /** Ends it, and leaves its folder. */
  end(): Promise<void>;
}

/** Starts `tinman …` in a folder with nodes.ts, fast.ts and loud.json, and waits for the address. */
export async function inspected(...args: string[]): Promise<Inspected> {
  const folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/nodes.ts`, NODES);
  Deno.writeTextFileSync(`${folder.path}/fast.ts`, FAST);
  Deno.writeTextFileSync(`${folder.path}/loud.json`, PIPELINE);
  const opened = await start(args, folder.path);
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The same in a folder that is there. */
export async function start(args: readonly string[], folder: string): Promise<Inspected> {
  const process = spawn(args, { cwd: folder });
  let text = "";
  const found = Promise.withResolvers<string>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
      text += part;
      const url = /inspector at (\S+)/.exec(text)?.[1];
      if (url !== undefined) found.resolve(url);
    }
    found.reject(new Error(`it ended without an address: ${text}`));
  };
  const reading = Promise.all([read(process.stdout), read(process.stderr)]);
  const url = await found.promise;
  const end = async () => {
    try {
      process.kill("SIGTERM");
    } catch { /* It has ended. */ }
    await process.status;
    await reading;
  };
  return {
    ...{ url, folder, token: url.split("#t=")[1]!, said: () => text },
    end,
    [Symbol.asyncDispose]: end,
  };
}
