/** The plugins of a project, for who looks. */
export interface PluginParts {
  /** All of them; their bytes are hashed, so it takes a moment. */
  look(): readonly ObservedPlugin[];
  /** Takes back a capability, or one of its values: nobody gets it from now on. @throws {TinmanError} */
  revoke(id: string, what: { readonly capability: string; readonly value?: string }): void;
  /** Ends what is at work with a capability that was taken back, and opens it again without. Gives a line for each. */
  withdraw(id: string, capability: string): Promise<readonly string[]>;
  /**
   * Has a plugin begin anew with what is granted now, wherever it is at work, or only as the node or stage `name`. What it
   * kept is gone. @throws {TinmanError} `NOT_FOUND`, `UNAVAILABLE` where a replay could not do the same.
   */
  restart(id: string, name?: string): Promise<void>;
}

/** One plugin. */
export interface ObservedPlugin {
  readonly id: string;
  readonly version: string;
  readonly title?: string;
  /** Whether it comes with tinman. */
  readonly isBuiltin: boolean;
  /** `ready`, `not granted`: it lacks what it cannot do without; `changed`: its bytes are not those that were added. */
  readonly state: "ready" | "not granted" | "changed" | "broken";
  readonly problem?: string;
  /** The command that grants what it needs. */
  readonly fix?: string;
  readonly sha256?: string;
  /** The key that signed it. */
  readonly signer?: string;
  readonly addedAt?: string;
  /** Where it runs: `quickjs`, `process`, `trusted`. */
  readonly tier?: string;
  readonly limits?: { readonly memoryMB: number; readonly startMs: number; readonly stallMs: number };
  /** What it brings: `node smooth, codec position`. */
  readonly brings?: string;
  /** How often it was opened in this project, and when last, in nanoseconds since 1970 as decimal text. */
  readonly runs: number;
  readonly lastNs?: string;
  /** One for each that is at work now. */
  readonly live: readonly LivePluginState[];
  /** What it asks for, was granted, and came to use. */
  readonly access: readonly PluginAccess[];
}

/** A plugin at work. */
export interface LivePluginState {
  /** What it works as: the node of a graph, the stage of a pipeline, or a link, which cannot be restarted. */
  readonly kind: "node" | "stage" | "link";
  /** Of that node or stage; the address of a link. */
  readonly name: string;
  readonly tier: string;
  /** How often it was started again for that. */
  readonly restarts: number;
  /** What it takes of the machine, where somebody can tell. */
  readonly memoryBytes?: number;
  /** How long it has worked, since it was started. */
  readonly cpuMs?: number;
}

/** One capability of a plugin. */
export interface PluginAccess {
  readonly capability: string;
  /** What it asks for; undefined for what was granted and is not asked for. */
  readonly asked?: string;
  readonly why?: string;
  readonly isOptional: boolean;
  /** Why it takes care, if it does. */
  readonly danger?: string;
  /** Values that were granted; `*` for all; none for nothing. */
  readonly granted: readonly string[];
  /** Values that were in force when it was opened; `*` for all. */
  readonly used: readonly string[];
  /** What `tinman plugin audit` says. */
  readonly verdict?: { readonly level: "ok" | "warn"; readonly message: string };
}
