import type { RunProbe } from "../../runtime/mod.ts";

/**
 * A probe that calls channels by other names, `{ input0: "gps" }`: those that were recorded, where the channels of the graph
 * have names of no meaning.
 */
export function renameProbe(probe: RunProbe, names: Readonly<Record<string, string>>): RunProbe {
  const shown = (own: string) => names[own] ?? own;
  const owns = new Map(Object.entries(names).map(([own, shown]) => [shown, own]));
  const own = (shown: string) => owns.get(shown) ?? shown;
  return {
    now: () => probe.now(),
    get recording() {
      return probe.recording;
    },
    forgets: probe.forgets ?? false,
    nodes: () =>
      probe.nodes().map((node) => ({
        ...node,
        inputs: node.inputs.map((input) => ({ ...input, channel: shown(input.channel) })),
        outputs: node.outputs.map(shown),
      })),
    channels: () => probe.channels().map((channel) => ({ ...channel, name: shown(channel.name) })),
    listen: (channel, listener) => probe.listen(own(channel), listener),
    codec: (channel) => probe.codec(own(channel)),
  };
}
