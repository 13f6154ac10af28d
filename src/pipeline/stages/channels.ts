import { TinmanError } from "../../errors/mod.ts";
import type { DataFrame } from "../frame.ts";
import { defineStage, type FramePool, type StageType } from "../stage.ts";
import { withPayload } from "./_channels.ts";

/** Channels under other names: picked, put in another order, doubled, or the mean of several. */
export const channels: StageType = defineStage({
  type: "Channels",
  title: "Channels picked, renamed, in another order, or the mean of several",
  category: "math",
  parameters: {
    map: {
      type: "object",
      title: 'For each channel that comes out, the one that it is, or a list whose mean it is: { "mono": ["l", "r"] }',
      default: {},
    },
  },
  updates: ["map"],
  findProblems: ({ map }) =>
    Object.entries(map ?? {}).flatMap(([to, from]) =>
      namesOf(from) === undefined
        ? [{ at: `map.${to}`, problem: "expected the name of a channel, or a list of them" }]
        : []
    ),
  create(config, { pool }) {
    let map = readMap(config.map as Given);
    return {
      process: (frame) => map.length === 0 ? frame : remap(frame, map, pool),
      update: (next) => void (map = readMap(next.map as Given)),
      reset() {},
    };
  },
});

type Given = Readonly<Record<string, unknown>>;
type ChannelMap = readonly (readonly [to: string, from: readonly string[]])[];

function readMap(given: Given): ChannelMap {
  return Object.entries(given).map(([to, from]) => {
    const names = namesOf(from);
    if (names !== undefined) return [to, names];
    throw new TinmanError("CONFIG", `Cannot make channel ${JSON.stringify(to)}: expected a channel or a list of them`, {
      hint: 'map: { "out": "in" } or map: { "out": ["left", "right"] }',
    });
  });
}

function namesOf(from: unknown): readonly string[] | undefined {
  const names: unknown[] = Array.isArray(from) ? from : [from];
  return names.length > 0 && names.every((name) => typeof name === "string") ? names : undefined;
}

/** A channel that a frame does not have counts as silence; without any there is none. */
function remap(frame: DataFrame, map: ChannelMap, pool: FramePool): DataFrame {
  const payload = new Map<string, Float64Array>();
  for (const [to, from] of map) {
    const inputs = from.flatMap((name) => frame.payload.get(name) ?? []);
    if (inputs.length === 0) continue;
    const output = pool.take(Math.max(...inputs.map(({ length }) => length))).fill(0);
    for (const input of inputs) {
      for (let i = 0; i < input.length; i++) output[i] = output[i]! + input[i]!;
    }
    if (from.length > 1) { for (let i = 0; i < output.length; i++) output[i] = output[i]! / from.length; }
    payload.set(to, output);
  }
  return withPayload(frame, payload);
}
