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
}

/** The frames of one connection as its stage gets them: all, or what its policy leaves. */
export function readEdge(
  input: In<DataFrame>,
  { feed, capacity, observer, letGo }: ReadEdgeOptions,
): AsyncIterable<DataFrame> {
  const { from, to, shed: policy = "block" } = feed;
  let queue: ShedQueue<DataFrame> | undefined;
  observer.watch?.({
    from,
    to: `${to}.${feed.input}`,
    capacity,
    frames: () => input.at + input.size,
    waiting: () => input.size + (queue?.size ?? 0),
    drops: () => queue?.dropped ?? 0,
  });
  if (policy === "block") return input;
  return shed(input, {
    policy,
    capacity,
    onDrop: (count, frame) => {
      observer.drop(to, count);
      letGo(frame);
    },
    onQueue: (shown) => queue = shown,
  });
}
