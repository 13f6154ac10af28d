import { type In, Out, type RingOptions, type Slice } from "../channel/mod.ts";
import { channelsOf, inputsOf, missingInputs, outputsOf, readsAll } from "./graph_plan.ts";
import type { AnyChannel, Node } from "./node.ts";

/** A node with the halves of its channels. */
export interface WiredNode {
  readonly node: Node;
  /** All inputs; the place of an input is the number of its source in the journal. */
  readonly inputs: readonly In<unknown>[];
  readonly outputs: readonly Out<unknown>[];
  /** Inputs and outputs by the names under which the node sees them. */
  readonly ports: Readonly<Record<string, In<unknown> | Out<unknown> | ReadonlyMap<string, In<unknown>>>>;
  /** Inputs that close a cycle. */
  readonly feedback: readonly In<unknown>[];
}

/** Listens to one channel. */
export type ChannelTap = Pick<RingOptions<unknown>, "tap" | "onClose">;

/** What the channels of one run share. */
export interface WiringOptions {
  readonly slice: Slice;
  readonly order: { next: number };
  /** Listens to a channel, if anybody wants to. */
  readonly tap: (channel: AnyChannel) => ChannelTap | undefined;
  /** Gets each error that a publisher is refused with, who may not wait for it. */
  readonly onRefuse: (channel: string, error: unknown) => void;
}

/** A graph with its channels made: subscribed before any node starts, so that nobody misses a value. */
export interface Wiring {
  readonly nodes: readonly WiredNode[];
  /** The sending half of every channel, by name; more may come. */
  readonly outs: Map<string, Out<unknown>>;
  /** The channels that no node publishes to; whoever runs the graph feeds them. */
  readonly feeds: ReadonlyMap<string, Out<unknown>>;
}

/** Makes the channels of a graph. `extra` are channels that the runtime publishes to. */
export function wire(nodes: readonly Node[], extra: readonly AnyChannel[], options: WiringOptions): Wiring {
  const channels = channelsOf(nodes);
  for (const channel of extra) channels.set(channel.name, channels.get(channel.name) ?? channel);
  const ordered = new Set(
    nodes.filter((node) => readsAll(node) || inputsOf(node).length > 1).flatMap((node) =>
      readsAll(node) ? [...channels.keys()] : inputsOf(node).map(({ name }) => name)
    ),
  );
  const outs = new Map<string, Out<unknown>>();
  for (const [name, channel] of channels) {
    outs.set(
      name,
      new Out<unknown>({
        name,
        slice: options.slice,
        ...options.tap(channel),
        onRefuse: (error) => options.onRefuse(name, error),
        order: ordered.has(name) ? options.order : undefined,
      }),
    );
  }
  const fed = new Set([...missingInputs(nodes), ...extra].map(({ name }) => name));
  return {
    nodes: nodes.map((node) => wireNode(node, outs)),
    outs,
    feeds: new Map([...outs].filter(([name]) => fed.has(name))),
  };
}

function wireNode(node: Node, outs: ReadonlyMap<string, Out<unknown>>): WiredNode {
  const inputs: In<unknown>[] = [];
  const feedback: In<unknown>[] = [];
  const ports: Record<string, In<unknown> | Out<unknown> | ReadonlyMap<string, In<unknown>>> = {};
  const subscribe = (name: string, capacity: number) => {
    const input = outs.get(name)!.subscribe({ capacity });
    inputs.push(input);
    return input;
  };
  for (const [key, channel] of Object.entries(node.inputs)) {
    if (channel.all) {
      const names = [...outs.keys()].filter((name) => !outputsOf(node).some((each) => each.name === name)).sort();
      ports[key] = new Map(names.map((name) => [name, subscribe(name, channel.capacity)]));
    } else {
      const input = ports[key] = subscribe(channel.name, channel.capacity);
      if (channel.feedback) feedback.push(input);
    }
  }
  for (const [key, channel] of Object.entries(node.outputs)) ports[key] = outs.get(channel.name)!;
  return { node, inputs, outputs: outputsOf(node).map(({ name }) => outs.get(name)!), ports, feedback };
}
