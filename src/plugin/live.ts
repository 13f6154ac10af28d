import type { TinmanError } from "../errors/mod.ts";
import type { GuestUsage, Tier } from "./protocol.ts";
import type { CapabilityName } from "./capability.ts";
import type { Effective } from "./resolve.ts";

/** A plugin at work, as whoever looks after plugins sees it. */
export interface LivePlugin {
  /** Its id. */
  readonly plugin: string;
  /** What it works as. */
  readonly as: PluginSeat;
  readonly tier: Tier;
  /** With what it was opened; later changes of its grants are not in it. */
  readonly effective: Effective;
  /** Whether it is for a replay, which does what the run did and nothing else. */
  readonly isReplaying: boolean;
  /** Aborts when it is no more. */
  readonly over: AbortSignal;
  /**
   * What it holds and is no longer granted: looks at the grants as they are now. What was allowed for this once stays.
   *
   * @throws {TinmanError} When the grants cannot be read.
   */
  takenBack(): readonly CapabilityName[];
  /** What it takes of the machine; undefined where nobody can tell. */
  usage(): GuestUsage | undefined;
  /**
   * Has a node of a graph begin anew with what is granted then: it takes nothing more, and is ended when it has done with what
   * it was given, at the latest after `graceMs`; what comes meanwhile is for its successor. Resolves then.
   *
   * @default {a stage has none: its pipeline restarts it; nor has a link: who uses it opens it again}
   */
  readonly leave?: (graceMs?: number) => Promise<void>;
  /** Ends it now: what waits for it fails with `reason`, and the policy of its node or stage says what then. */
  end(reason: TinmanError): void;
}

/** Those of a process that nothing but it knows of. They leave by themselves. */
export class LiveShelf {
  readonly #live = new Set<LivePlugin>();
  readonly #listeners = new Set<() => void>();

  /** Takes one in, until it is no more. */
  add(live: LivePlugin): void {
    if (live.over.aborted) return;
    this.#live.add(live);
    live.over.addEventListener("abort", () => this.#live.delete(live), { once: true });
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` whenever one was taken in, until what it returns is disposed. */
  onAdd(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Those that are at work now. */
  get all(): readonly LivePlugin[] {
    return [...this.#live];
  }
}

/** What a plugin is opened for. */
export interface PluginSeat {
  /** Of a graph, of a pipeline, or a link that anything may have opened. */
  readonly kind: "node" | "stage" | "link";
  /** In the graph; of a link its address. */
  readonly name: string;
}
