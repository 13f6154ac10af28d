import type { In, Out } from "../channel/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Diagnostics } from "./logs.ts";
import type { AnyChannel, Node, NodeContext } from "./node.ts";

/** The key of {@linkcode Growth} in a node's context; the same in every copy of tinman. */
export const GROWTH: unique symbol = Symbol.for("tinman.growth");

/** What lets the node of `context` change its graph. */
export function growthOf(context: NodeContext): Growth {
  return (context as NodeContext & { readonly [GROWTH]: Growth })[GROWTH];
}

/** The halves of channels that a node works with, by the names under which it sees them. */
export type JoinPorts = Readonly<Record<string, In<unknown> | Out<unknown>>>;

/**
 * For kinds of nodes that a library makes: changes the graph while it runs. A replay has to make the same changes, so
 * they follow from what the node reads, and from nothing else.
 */
export interface Growth {
  /** The same for all nodes of one run, and for no other run. */
  readonly run: object;
  /** The sending half of every channel, by name. */
  readonly outs: ReadonlyMap<string, Out<unknown>>;
  /**
   * Makes a channel that nobody publishes to yet; counted as the others are, and recorded and verified too, unless a
   * recording stands in for its source.
   */
  channel(channel: AnyChannel, options?: { readonly isPlayed?: boolean }): Out<unknown>;
  /** Whether a recording that is replayed stands in for a source of these channels: then it is not to be started. */
  standsIn(channels: readonly string[]): boolean;
  /** From now on it does. */
  standIn(channels: readonly string[]): void;
  /** Subscribes a node that {@linkcode Growth.join} starts later. `isOrdered`: it has several inputs. */
  subscribe(out: Out<unknown>, options: { readonly capacity: number; readonly isOrdered: boolean }): In<unknown>;
  /** Takes so many numbers for the journals of nodes that will join, and gives the first. */
  reserve(count: number): number;
  /** Starts a node; `number` is that of its journal. It ends as others do. */
  join(node: Node, ports: JoinPorts, number: number): void;
  /** The outputs of this node stay open when it ends: they belong to one that joins. */
  handOver(): void;
  /** Chance that is drawn from the seed of the run and `key` alone. */
  random(key: string): Random;
  /** Diagnostics of the node `name`. */
  log(name: string): Diagnostics;
}
