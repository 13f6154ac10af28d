import type { TinmanError } from "../errors/mod.ts";
import type { GuestUsage, Tier } from "./protocol.ts";
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
  /** What it takes of the machine; undefined where nobody can tell. */
  usage(): GuestUsage | undefined;
  /**
   * Has a node of a graph begin anew with what is granted then: it takes nothing more, and is ended when it has done with what
   * it was given, at the latest after `graceMs`; what comes meanwhile is for its successor. Resolves then.
   *
   * @default {a stage has none: its pipeline restarts it}
   */
  readonly leave?: (graceMs?: number) => Promise<void>;
  /** Ends it now: what waits for it fails with `reason`, and the policy of its node or stage says what then. */
  end(reason: TinmanError): void;
}

/** What a plugin is opened for. */
export interface PluginSeat {
  /** Of a graph, or of a pipeline. */
  readonly kind: "node" | "stage";
  /** In the graph. */
  readonly name: string;
}
