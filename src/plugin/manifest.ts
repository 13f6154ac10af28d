import { TinmanError } from "../errors/mod.ts";
import { type CapabilityName, capabilityNames, valueProblem } from "./capability.ts";
import { parseJsonc } from "./jsonc.ts";
import { pathProblem } from "./paths.ts";
import { join, Problems } from "./problems.ts";
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
  readonly codecs: readonly { readonly name: string; readonly version: number }[];
  readonly transports: readonly { readonly scheme: string }[];
}

/** A node of a plugin; its ports with a description for people each. */
export interface ProvidedNode {
  readonly name: string;
  readonly in: Readonly<Record<string, string>>;
  readonly out: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, ConfigField>>;
}

/** One value of a node's configuration. */
export interface ConfigField {
  readonly type: ConfigType;
  /** Used where the graph says nothing; without it the graph has to. */
  readonly default?: unknown;
  readonly description?: string;
  /** Whether it may be missing though it has no default. */
  readonly optional?: boolean;
}

/** What a value of a configuration may be. */
export type ConfigType = typeof configTypes[number];

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

/** What a plugin may use at most. */
export interface PluginLimits {
  /** Memory, in MiB. @default {64} */
  readonly memoryMB: number;
  /** To be loaded. @default {5000} */
  readonly startMs: number;
  /** To answer while it has something to do. @default {5000} */
  readonly stallMs: number;
}

/** Limits of a plugin that asks for nothing else. */
export const defaultLimits: PluginLimits = { memoryMB: 64, startMs: 5000, stallMs: 5000 };

/** The most that a plugin may ask for by itself. */
export const maxLimits: PluginLimits = { memoryMB: 1024, startMs: 60_000, stallMs: 60_000 };

/** The limits of a plugin: what it asks for, never more than `allowed`. */
export function limitsOf({ limits }: PluginManifest, allowed: Partial<PluginLimits> = {}): PluginLimits {
  const limit = (name: keyof PluginLimits) =>
    Math.min(limits[name] ?? allowed[name] ?? defaultLimits[name], allowed[name] ?? maxLimits[name]);
  return { memoryMB: limit("memoryMB"), startMs: limit("startMs"), stallMs: limit("stallMs") };
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
  const list = problems.found.map((problem) => `\n  ${problem}`).join("");
  throw new TinmanError("CONFIG", `Cannot use ${options.path}:${list}`, { path: options.path });
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
    capabilities: readCapabilities(top.capabilities, configNames(provides), problems),
    limits: readLimits(top.limits, problems),
    ...(top.files !== undefined && { files: readFiles(top.files, main, problems) }),
  };
}

const keys = [
  ...["$schema", "id", "version", "api", "title", "description", "license", "main", "isolation", "provides"],
  ...["capabilities", "limits", "files"],
];
const configTypes = ["string", "number", "boolean", "list", "object", "any"] as const;
const NAME = { shape: /^[A-Za-z][\w.-]{0,63}$/, what: "a name such as gps" };
const PORT = { shape: /^[A-Za-z][A-Za-z0-9_]{0,63}$/, what: "a name such as fixes" };
const SCHEME = { shape: /^[a-z][a-z0-9+.-]{0,31}$/, what: "a scheme such as tcp" };
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

function readProvides(value: unknown, problems: Problems): Provides {
  const { nodes, codecs, transports } = problems.object(value, "provides", ["nodes", "codecs", "transports"]);
  const provides = {
    nodes: problems.list(nodes, "provides.nodes").map((each, i) => readNode(each, `provides.nodes[${i}]`, problems)),
    codecs: problems.list(codecs, "provides.codecs").map((each, i) => {
      const at = `provides.codecs[${i}]`;
      const { name, version } = problems.object(each, at, ["name", "version"]);
      return {
        name: problems.text(name, `${at}.name`, NAME) ?? "",
        version: problems.whole(version, `${at}.version`, 65_535) ?? 1,
      };
    }),
    transports: problems.list(transports, "provides.transports").map((each, i) => {
      const at = `provides.transports[${i}]`;
      return { scheme: problems.text(problems.object(each, at, ["scheme"]).scheme, `${at}.scheme`, SCHEME) ?? "" };
    }),
  };
  unique(provides.nodes.map(({ name }) => name), (i) => `provides.nodes[${i}].name`, problems);
  unique(provides.codecs.map(({ name }) => name), (i) => `provides.codecs[${i}].name`, problems);
  unique(provides.transports.map(({ scheme }) => scheme), (i) => `provides.transports[${i}].scheme`, problems);
  return provides;
}

function readNode(value: unknown, at: string, problems: Problems): ProvidedNode {
  const node = problems.object(value, at, ["name", "in", "out", "config"]);
  const ports = (key: "in" | "out"): Record<string, string> =>
    mapOf(node[key], `${at}.${key}`, problems, (text, place) => problems.text(text, place) ?? "");
  const [inputs, outputs] = [ports("in"), ports("out")];
  for (const port of Object.keys(inputs)) {
    if (Object.hasOwn(outputs, port)) problems.add(`${at}.out.${port}`, "an input has the same name");
  }
  const config = mapOf(node.config, `${at}.config`, problems, (each, place) => readField(each, place, problems));
  return { name: problems.text(node.name, `${at}.name`, NAME) ?? "", in: inputs, out: outputs, config };
}

function readField(value: unknown, at: string, problems: Problems): ConfigField {
  const field = problems.object(value, at, ["type", "default", "description", "optional"]);
  const type = problems.oneOf(field.type, `${at}.type`, configTypes) ?? "any";
  const given = field.default;
  if (given !== undefined && !fitsConfig(given, type)) problems.add(`${at}.default`, `expected ${type}`);
  return {
    type,
    ...(given !== undefined && { default: given }),
    ...optionalText(field, "description", 500, problems, at),
    ...(field.optional !== undefined && { optional: problems.flag(field.optional, `${at}.optional`) }),
  };
}

/** Whether a value of a configuration is of a type. */
export function fitsConfig(value: unknown, type: ConfigType): boolean {
  if (type === "any") return true;
  if (type === "list") return Array.isArray(value);
  return typeof value === type && value !== null && !Array.isArray(value);
}

function readCapabilities(value: unknown, config: ReadonlySet<string>, problems: Problems): AskedCapability[] {
  return problems.list(value, "capabilities", 64).flatMap((each, i) => {
    const at = `capabilities[${i}]`;
    const asked = problems.object(each, at, ["name", "allow", "deny", "why", "optional"]);
    const name = problems.oneOf(asked.name, `${at}.name`, capabilityNames);
    const values = (key: "allow" | "deny") =>
      problems.list(asked[key], `${at}.${key}`).map((text, j) => {
        const place = `${at}.${key}[${j}]`;
        const given = problems.text(text, place, { max: 1000 });
        if (given === undefined || name === undefined) return "";
        const problem = valueProblem(name, given) ?? unknownConfig(given, config);
        if (problem !== undefined) problems.add(place, problem);
        return given;
      });
    const why = problems.text(asked.why, `${at}.why`, { shape: /\S/, what: "a reason" }) ?? "";
    const optional = asked.optional !== undefined && problems.flag(asked.optional, `${at}.optional`);
    const lists = {
      ...(asked.allow !== undefined && { allow: values("allow") }),
      ...(asked.deny !== undefined && { deny: values("deny") }),
    };
    return name === undefined ? [] : [{ name, ...lists, why, optional }];
  });
}

function unknownConfig(value: string, names: ReadonlySet<string>): string | undefined {
  const unknown = [...value.matchAll(/\$\{config\.([^}]*)\}/g)].find(([, name]) => !names.has(name!));
  return unknown === undefined ? undefined : `no node has "${unknown[1]}" in its config`;
}

function configNames({ nodes }: Provides): Set<string> {
  return new Set(nodes.flatMap(({ config }) => Object.keys(config)));
}

function readLimits(value: unknown, problems: Problems): Partial<PluginLimits> {
  if (value === undefined) return {};
  const names = Object.keys(maxLimits) as (keyof PluginLimits)[];
  const limits = problems.object(value, "limits", names);
  return Object.fromEntries(names.flatMap((name) => {
    const limit = limits[name] === undefined
      ? undefined
      : problems.whole(limits[name], join("limits", name), maxLimits[name]);
    return limit === undefined ? [] : [[name, limit]];
  }));
}

function readFiles(value: unknown, main: string, problems: Problems): Record<string, string> {
  const files = problems.object(value, "files");
  for (const [path, hash] of Object.entries(files)) {
    const problem = path === PLUGIN_MANIFEST ? "it cannot hold its own hash" : pathProblem(path);
    if (problem !== undefined) problems.add(join("files", path), problem);
    problems.text(hash, join("files", path), { shape: /^sha256-[0-9a-f]{64}$/, what: "sha256- and 64 hex digits" });
  }
  if (main !== "" && !Object.hasOwn(files, main)) problems.add("files", `the main module ${main} is not among them`);
  return files as Record<string, string>;
}

function readPath(value: unknown, at: string, problems: Problems): string {
  const path = problems.text(value, at) ?? "";
  const problem = path === "" ? undefined : pathProblem(path);
  if (problem !== undefined) problems.add(at, problem);
  return path;
}

function optionalText<K extends string>(
  from: Readonly<Record<string, unknown>>,
  key: K,
  max: number,
  problems: Problems,
  at = "",
): { [key in K]?: string } {
  const text = from[key] === undefined ? undefined : problems.text(from[key], join(at, key), { max });
  return text === undefined ? {} : { [key]: text } as { [key in K]?: string };
}

function mapOf<T>(
  value: unknown,
  at: string,
  problems: Problems,
  read: (value: unknown, at: string) => T,
): Record<string, T> {
  if (value === undefined) return {};
  return Object.fromEntries(
    Object.entries(problems.object(value, at)).map(([name, each]) => {
      problems.text(name, join(at, name), PORT);
      return [name, read(each, join(at, name))];
    }),
  );
}

function unique(names: readonly string[], at: (index: number) => string, problems: Problems): void {
  names.forEach((name, i) => {
    if (name !== "" && names.indexOf(name) < i) problems.add(at(i), `"${name}" is there twice`);
  });
}
