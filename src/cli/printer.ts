import { channel } from "../channel/mod.ts";
import type { ChannelInfo } from "../log/mod.ts";
import { Graph, node, type NodeContext } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { clean } from "./style.ts";
import { formatTime } from "./time.ts";
import { formatValue } from "./value.ts";

/** A graph of one node that prints what is played into it, at the time at which it was recorded, and what to feed it. */
export function createPrinter(
  channels: readonly ChannelInfo[],
  { out, settings }: Context,
): { readonly graph: Graph; readonly remap: Readonly<Record<string, string>> } {
  const width = Math.max(0, ...channels.map(({ name }) => Math.min(name.length, 24)));
  const print = (name: string) => (value: unknown, { clock }: NodeContext) => {
    const timeNs = clock.now();
    if (settings.json) out.json({ channel: name, timeNs, time: formatTime(timeNs), value });
    else {
      const shown = out.paint("cyan", clean(name).padEnd(width));
      out.line(`${out.paint("dim", formatTime(timeNs))}  ${shown}  ${formatValue(value)}`);
    }
    out.flush();
  };
  // Names in a recording are any text, `logs` among them, which in a graph is the channel of its own diagnostics.
  const named = channels.map(({ name }, at) => [`input${at}`, name] as const);
  const inputs = Object.fromEntries(named.map(([input]) => [input, channel<unknown>(input)]));
  const handlers = Object.fromEntries(named.map(([input, name]) => [input, print(name)]));
  return { graph: Graph.of(node({ name: "printer", in: inputs }, handlers)), remap: Object.fromEntries(named) };
}
