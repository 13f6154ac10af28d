import { TinmanError } from "../errors/mod.ts";
import { parseJsonc, Problems } from "../jsonc/mod.ts";
import type { Parameters } from "../parameter/mod.ts";
import type { CapabilityName } from "./capability.ts";
import type { PluginLimits } from "./limits.ts";
import { optionalText, readCapabilities, readFiles, readLimits, readPath, readProvides } from "./manifest_parts.ts";
import type { Tier } from "./protocol.ts";

/** The file that says what a plugin is. */
export const PLUGIN_MANIFEST = "plugin.jsonc";

/** What `plugin.jsonc` says; `plugin.schema.json` describes it for editors. */
export interface PluginManifest {
  /** Such as `org.example.nmea`; `tinman.…` come with tinman. */
  readonly id: string;
  /** Semantic version. */
  readonly version: string;
  /** The version of `tinman/plugin` that it is written for. */
  readonly api: "1";
  readonly title?: string;
  readonly description?: string;
  readonly license?: string;
  /** Path of its main module. @default {"mod.ts"} */
  readonly main: string;
  /** The weakest border that the plugin accepts around itself. It can ask for a stronger one, never for a weaker one. */
  readonly isolation?: Exclude<Tier, "trusted">;
  /** What it brings. */
  readonly provides: Provides;
  /** What it asks for. */
  readonly capabilities: readonly AskedCapability[];
  /** What it needs other than usual, see {@linkcode limitsOf}. */
  readonly limits: Partial<PluginLimits>;
  /** `sha256-<hex>` of each of its other files, by path. While a plugin is written it may be left out. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What a plugin brings, by kind. */
export interface Provides {
  readonly nodes: readonly ProvidedNode[];
  readonly stages: readonly ProvidedStage[];
  readonly codecs: readonly { readonly name: string; readonly version: number }[];
  readonly transports: readonly { readonly scheme: string }[];
}

/** A node of a plugin; its ports with a description for people each. */
export interface ProvidedNode {
  readonly name: string;
  /** One line for people. */
  readonly title?: string;
  readonly in: Readonly<Record<string, string>>;
  readonly out: Readonly<Record<string, string>>;
  /** What it can be configured with. */
  readonly config: Parameters;
  /** What it gets of a frame where it is used in a pipeline: the frame, or each row of its samples. @default {"frames"} */
  readonly takes?: "frames" | "rows";
  /** Whether it gives values by itself where nothing is connected to its inputs. @default {where it has none} */
  readonly source?: boolean;
}

/** A kind of stage of a plugin: frames in, frames out. */
export interface ProvidedStage {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** What it is about: `source`, `filter`, `analysis`, `sink`, `math`, `timing`. */
  readonly category: string;
  /** Inputs with a description each; with none it is a source, called by triggers. */
  readonly in: Readonly<Record<string, string>>;
  /** Whether it gives frames. */
  readonly output: boolean;
  /** What it can be configured with. */
  readonly config: Parameters;
}

/** A capability that a plugin asks for. */
export interface AskedCapability {
  readonly name: CapabilityName;
  /** Values as `--allow-…` of Deno takes them, or with `${config.x}`; without them: all. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  /** The reason, for whoever is asked. */
  readonly why: string;
  /** Whether it works without. @default {false} */
  readonly optional: boolean;
}

/**
 * The manifest in a text of JSON with comments.
 *
 * @throws {TinmanError} `CONFIG`, with all problems at once.
 */
export function parseManifest(text: string, options: { readonly path: string }): PluginManifest {
  const problems = new Problems();
  const manifest = readManifest(parseJsonc(text, options).value, problems);
  if (problems.found.length === 0) return manifest;
  throw new TinmanError("CONFIG", `Cannot use ${options.path}: ${problems.found.join("; ")}`, { path: options.path });
}

function readManifest(value: unknown, problems: Problems): PluginManifest {
  const top = problems.object(value, "", keys);
  if ("$schema" in top) problems.text(top.$schema, "$schema");
  const provides = readProvides(top.provides, problems);
  const main = top.main === undefined ? "mod.ts" : readPath(top.main, "main", problems);
  return {
    id: readId(top.id, problems),
    version: problems.text(top.version, "version", SEMVER) ?? "",
    api: readApi(top.api, problems),
    ...optionalText(top, "title", 80, problems),
    ...optionalText(top, "description", 500, problems),
    ...optionalText(top, "license", 80, problems),
    main,
    ...(top.isolation !== undefined && readIsolation(top.isolation, problems)),
    provides,
    capabilities: readCapabilities(top.capabilities, provides, problems),
    limits: readLimits(top.limits, problems),
    ...(top.files !== undefined && { files: readFiles(top.files, main, problems) }),
  };
}

const keys = [
  ...["$schema", "id", "version", "api", "title", "description", "license", "main", "isolation", "provides"],
  ...["capabilities", "limits", "files"],
];
const ID = {
  shape: /^(?=.{3,64}$)(?!(?:con|prn|aux|nul|com\d|lpt\d)\.)[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+$/,
  what: "3 to 64 of a-z 0-9 - in parts with dots, such as org.example.nmea",
};
// https://semver.org, clause 2, 9 and 10.
const SEMVER = {
  shape: /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/,
  what: "a version such as 1.2.0",
  max: 64,
};

/** Whether `id` can be the id of a plugin. Only such an id may become the name of a folder. */
export function isPluginId(id: string): boolean {
  return ID.shape.test(id);
}

function readId(value: unknown, problems: Problems): string {
  return problems.text(value, "id", ID) ?? "";
}

function readApi(value: unknown, problems: Problems): "1" {
  if (value !== "1") {
    problems.add("api", `this tinman has api "1", the plugin is for ${JSON.stringify(value) ?? "none"}`);
  }
  return "1";
}

function readIsolation(value: unknown, problems: Problems): Pick<PluginManifest, "isolation"> {
  const isolation = problems.oneOf(value, "isolation", ["quickjs", "process"]);
  return isolation === undefined ? {} : { isolation };
}
