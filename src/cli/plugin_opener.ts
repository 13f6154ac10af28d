import { TinmanError } from "../errors/mod.ts";
import { type Grants, type OpenPlugin, openPlugins, type PluginWorld, type RunnablePlugin } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import type { Asker } from "./plugin_ask.ts";
import { LivePlugins } from "./live_plugins.ts";
import { openStore } from "./plugin_project.ts";
import { noteUsage } from "./plugin_usage.ts";

/** Options of {@linkcode openerFor}. */
export interface OpenerOptions {
  /** Asks a person for what is missing. @default {nobody is asked} */
  readonly asker?: Asker | undefined;
  /** A plugin that is being written, in place of all that were added; it has none of their grants. */
  readonly instead?: RunnablePlugin | undefined;
  /** Granted for this once. @default {{}} */
  readonly grants?: Grants;
}

/** What opens plugins for one command: those of its project, with their grants. */
export function openerFor(context: Pick<Context, "io" | "path">, options: OpenerOptions = {}): OpenPlugin {
  const { io: { environment: { clock }, files }, path } = context;
  const { asker, instead, grants = {} } = options;
  const store = openStore(context);
  const live = LivePlugins.of(context.io);
  return openPlugins({
    ...worldOf(context),
    load: (id) => instead ?? store.load(id),
    // What belongs to an id belongs to the bytes that were added under it.
    grantsOf: (id) => ({ ...instead === undefined ? store.grantsOf(id) : {}, ...grants }),
    paths: store.paths,
    clock,
    ...(asker !== undefined && {
      ask: async (question) => live.isRevoked(question.manifest.id) ? undefined : await asker.ask(question, store),
    }),
    onLive: (each) => live.add(each),
    onOpen: (id, effective) => {
      if (instead === undefined) noteUsage(files, path("."), { id, effective, nowNs: clock.now() });
    },
  });
}

/** What plugins run in here. */
export function worldOf({ io }: Pick<Context, "io">): PluginWorld {
  const world = io.environment.services?.pluginWorld;
  if (world !== undefined) return world as PluginWorld;
  throw new TinmanError("UNAVAILABLE", "Cannot run a plugin: there is nothing here that could run one", {
    what: "plugins",
  });
}
