import type { In, Out } from "../channel/mod.ts";
import { type ErrorCode, isTinmanError, TinmanError } from "../errors/mod.ts";
import { type ChannelMap, isReplay, type Node, node, type NodeContext, SERVICES } from "../runtime/mod.ts";
import { Intake } from "./intake.ts";
import type { PluginSeat } from "./live.ts";
import type { Tier } from "./protocol.ts";
import type { PluginSession } from "./session.ts";

/** The channels of a node from a plugin, and how it is run. */
export interface PluginPorts {
  /** Inputs by the names in the manifest. */
  readonly in?: ChannelMap;
  /** Outputs by the names in the manifest. */
  readonly out?: ChannelMap;
  /** Its configuration, see `provides` in the manifest. @default {{}} */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The node's name in the graph. @default {plugin and node: `org.example.nmea/gps`} */
  readonly name?: string;
  /** What happens when the plugin crashes, hangs or throws. @default {the run fails} */
  readonly restart?: RestartPolicy;
  /** Where it runs, if not in the strongest tier that serves. `trusted` means: with all that tinman itself may do. */
  readonly tier?: Tier;
}

/** How often a plugin is started again. What was inside it is lost, and said; what waits outside goes to the next one. */
export interface RestartPolicy {
  /** Restarts in a row at most. */
  readonly attempts: number;
  /** Pause before the first; doubles with each. @default {500} */
  readonly delayMs?: number;
  /** Longest pause. @default {30000} */
  readonly maxDelayMs?: number;
  /** Time after which a plugin counts as healthy and attempts are counted anew. @default {60000} */
  readonly healthyMs?: number;
}

/** What is asked of whoever opens plugins. */
export interface PluginRequest {
  /** The plugin's id. */
  readonly plugin: string;
  /** The name of the node or stage in it. */
  readonly node: string;
  /** Which of the two. @default {"node"} */
  readonly kind?: "node" | "stage";
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tier?: Tier | undefined;
  /** Whether it is for a replay, in which nothing is asked of the world outside. @default {false} */
  readonly replaying?: boolean | undefined;
  /** Who asks, for people. @default {the node of a graph, named as in the plugin} */
  readonly as?: PluginSeat;
}

/** A plugin that was opened for a node. */
export interface OpenedPlugin {
  /** Closed by the node. */
  readonly session: PluginSession;
  /** The node's configuration, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether it may know what time it is. */
  readonly seesTime: boolean;
}

/** Loads a plugin, checks what it asks for against what is granted, and starts it. */
export type OpenPlugin = (request: PluginRequest) => Promise<OpenedPlugin>;

/**
 * Node `name` of plugin `plugin`, an id such as `org.example.nmea`. The plugin is loaded, checked against its grants and
 * started when the run starts, and closed when the node ends.
 *
 * @throws {TinmanError} When it is run: `NOT_FOUND`, `DENIED`, `INTEGRITY`, `PLUGIN`.
 */
export function pluginNode(plugin: string, name: string, ports: PluginPorts = {}): Node {
  const { in: inputs = {}, out: outputs = {}, config = {}, restart, tier } = ports;
  const request: PluginRequest = {
    plugin,
    node: name,
    config,
    tier,
    inputs: Object.keys(inputs),
    outputs: Object.keys(outputs),
  };
  return node({ in: inputs, out: outputs, name: ports.name ?? `${plugin}/${name}` }, async (channels) => {
    const context: NodeContext = channels;
    const open = openerOf(context, plugin);
    const byName = channels as unknown as Readonly<Record<string, unknown>>;
    const pick = <T>(names: readonly string[], change: (value: unknown) => T) =>
      Object.fromEntries(names.map((port) => [port, change(byName[port])]));
    const task = {
      node: name,
      context,
      inputs: pick(request.inputs, (value) => new Intake(value as In<unknown>)),
      outputs: pick(request.outputs, (value) => value as Out<unknown>),
    };
    const as = { kind: "node", name: context.name } as const;
    const policy = new Restarts(restart, context);
    const isLeft = async () => {
      const { session, ...opened } = await context.hold(open({ ...request, as, replaying: isReplay(context) }));
      await using _ = session;
      policy.started();
      try {
        await session.runNode({ ...task, ...opened });
      } catch (error) {
        if (!session.isLeaving) throw error;
      }
      return session.isLeaving;
    };
    for (;;) {
      try {
        if (!await isLeft()) return;
        context.log.info(`plugin ${plugin} is restarted`);
      } catch (error) {
        await policy.pauseAfter(error);
      }
    }
  });
}

/** What opens the plugins of a run. Throws `UNAVAILABLE` where it has none. */
export function openerOf({ [SERVICES]: services }: Pick<NodeContext, typeof SERVICES>, plugin: string): OpenPlugin {
  const open = services?.plugins;
  if (typeof open === "function") return open as OpenPlugin;
  throw new TinmanError("UNAVAILABLE", `Cannot open plugin ${plugin}: this run has no plugins`, {
    what: plugin,
    hint: "give its environment services: { plugins }, as createEnvironment() does",
  });
}

/** Failures that another start cannot change. */
const forGood: ReadonlySet<string> = new Set<ErrorCode>([
  ...["CONFIG", "NOT_FOUND", "DENIED", "INTEGRITY", "UNAVAILABLE", "STOPPED", "CLOSED"] as const,
]);

/** Says when a plugin is started again. */
class Restarts {
  readonly #policy: RestartPolicy | undefined;
  readonly #context: NodeContext;
  #attempts = 0;
  #startedNs = 0n;

  constructor(policy: RestartPolicy | undefined, context: NodeContext) {
    [this.#policy, this.#context] = [policy, context];
  }

  started(): void {
    if (this.#policy !== undefined) this.#startedNs = this.#context.clock.now();
  }

  /** Resolves when it may start again; throws `error` when it may not. */
  async pauseAfter(error: unknown): Promise<void> {
    const { clock, log, signal } = this.#context;
    if (this.#policy === undefined || !isTinmanError(error) || forGood.has(error.code) || signal.aborted) throw error;
    const { attempts, delayMs = 500, maxDelayMs = 30_000, healthyMs = 60_000 } = this.#policy;
    if (Number(clock.now() - this.#startedNs) / 1e6 >= healthyMs) this.#attempts = 0;
    if (this.#attempts >= attempts) throw error;
    const pauseMs = Math.min(maxDelayMs, delayMs * 2 ** this.#attempts++);
    log.error(`${error.message}; start ${this.#attempts} of ${attempts} in ${pauseMs} ms`);
    await clock.sleep(pauseMs, { signal });
  }
}
