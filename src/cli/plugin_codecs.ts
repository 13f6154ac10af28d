import { CodecShelf, openProjectRegistry } from "../plugin/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { worldOf } from "./plugin_opener.ts";
import { openStore } from "./plugin_project.ts";
import { clean } from "./style.ts";

/** What finds the codecs of a recording: tinman's own, and those of plugins of the project that the command works in. */
export function registryFor(
  context: Pick<Context, "io" | "path" | "out">,
): NonNullable<RunEnvironment["registryFor"]> {
  const { io: { environment }, out } = context;
  const { clock, registry, services } = environment;
  if (services?.pluginWorld === undefined) return () => Promise.resolve(registry);
  return (headers) => {
    const { guests, codecs } = worldOf(context);
    return openProjectRegistry(headers, {
      registry,
      store: openStore(context),
      shelf: codecs ?? new CodecShelf(guests.quickjs, () => clock.elapsedNs() / 1e6),
      note: (message) => out.note(out.paintError("yellow", `note: ${clean(message)}`)),
    });
  };
}
