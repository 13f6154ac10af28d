import type { In } from "../channel/mod.ts";
import type { Connection } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import type { StageObserver } from "./observer.ts";
import { shed } from "./shed.ts";
import type { ShedQueue } from "./shed_queue.ts";

/** Options of {@linkcode readEdge}. */
export interface ReadEdgeOptions {
  /** The connection. */
  readonly feed: Connection;
  /** How many frames may wait. */
  readonly capacity: number;
  /** Is shown the queue, and hears of what is shed. */
  readonly observer: StageObserver;
  /** Gets what the stage will never see. */
  readonly letGo: (frame: DataFrame) => void;
  /** Where its drops are counted. @default {a new count} */
  readonly counts?: EdgeCounts;
}

/** What stays of an edge when its stage goes to another node. */
export interface EdgeCounts {
  /** How many frames its channel had when it was connected. */
  readonly from: number;
  drops: number;
}

/** The frames of one connection as its stage gets them: all, or what its policy leaves. */
export function readEdge(
  input: In<DataFrame>,
  { feed, capacity, observer, letGo, counts = { from: 0, drops: 0 } }: ReadEdgeOptions,
): AsyncIterable<DataFrame> {
  const { from, to, shed: policy = "block" } = feed;
  let queue: ShedQueue<DataFrame> | undefined;
  observer.watch?.({
    from,
    to: `${to}.${feed.input}`,
    capacity,
    frames: () => input.at + input.size - counts.from,
    waiting: () => input.size + (queue?.size ?? 0),
    drops: () => counts.drops,
  });
  if (policy === "block") return input;
  return shed(input, {
    policy,
    capacity,
    onDrop: (count, frame) => {
      counts.drops += count;
      observer.drop(to, count);
      letGo(frame);
    },
    onQueue: (shown) => queue = shown,
  });
}
