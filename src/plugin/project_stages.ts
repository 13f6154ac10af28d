import { didYouMean, isTinmanError } from "../errors/mod.ts";
import type { StageSource, StageType } from "../pipeline/mod.ts";
import { isPluginId, type PluginManifest } from "./manifest.ts";
import { pluginStageTypes } from "./plugin_stage.ts";
import type { PluginStore } from "./store.ts";

/**
 * The kinds of stages that the plugins of a project bring: those in its lock, and those that come with tinman. A plugin is
 * read when a configuration names something of it, and its bytes are compared with those that were added.
 */
export function projectStages(store: Pick<PluginStore, "info" | "list">): StageSource {
  const known = new Map<string, Found>();
  const read = (id: string): Found => {
    let found = known.get(id);
    if (found === undefined) known.set(id, found = readPlugin(id, store));
    return found;
  };
  const typesOf = ({ manifest }: Found) => manifest === undefined ? [] : pluginStageTypes(manifest);
  return {
    find(type) {
      const id = pluginOf(type);
      return id === undefined ? undefined : typesOf(read(id)).find((each) => each.type === type);
    },
    list: () => store.list().flatMap(({ id }) => typesOf(read(id))),
    suggest(type) {
      const id = pluginOf(type);
      if (id === undefined) return undefined;
      const found = read(id);
      if (found.manifest !== undefined) return suggestPart(type, id, typesOf(found));
      if (!isTinmanError(found.problem, "NOT_FOUND")) return String((found.problem as Error).message);
      const near = didYouMean(id, store.list().map((each) => each.id));
      return `plugin ${id} was not added; ${near ?? `tinman plugin add FOLDER adds one`}`;
    },
  };
}

interface Found {
  readonly manifest?: PluginManifest;
  readonly problem?: unknown;
}

function readPlugin(id: string, store: Pick<PluginStore, "info">): Found {
  try {
    return { manifest: store.info(id).package.manifest };
  } catch (problem) {
    return { problem };
  }
}

/** The plugin in `org.example.signal/agc`. */
function pluginOf(type: string): string | undefined {
  const slash = type.indexOf("/");
  const id = type.slice(0, Math.max(0, slash));
  return isPluginId(id) ? id : undefined;
}

function suggestPart(type: string, id: string, types: readonly StageType[]): string {
  const partOf = (name: string) => name.slice(id.length + 1);
  const parts = types.map((each) => partOf(each.type));
  const has = parts.length === 0 ? "no nodes and no stages" : parts.map((part) => `${id}/${part}`).join(", ");
  const near = didYouMean(partOf(type), parts);
  return near?.replace('"', `"${id}/`) ?? `plugin ${id} has ${has}`;
}
