import { join, Problems } from "../jsonc/mod.ts";
import { type Parameters, readParameter } from "../parameter/mod.ts";
import { capabilityNames, valueProblem } from "./capability.ts";
import { maxLimits, type PluginLimits } from "./limits.ts";
import type { AskedCapability, ProvidedNode, ProvidedStage, Provides } from "./manifest.ts";
import { pathProblem } from "./paths.ts";

/** `provides`. */
export function readProvides(value: unknown, problems: Problems): Provides {
  const keys = ["nodes", "stages", "codecs", "transports"];
  const { nodes, stages, codecs, transports } = problems.object(value, "provides", keys);
  const provides = {
    nodes: problems.list(nodes, "provides.nodes").map((each, i) => readNode(each, `provides.nodes[${i}]`, problems)),
    stages: problems.list(stages, "provides.stages").map((each, i) =>
      readStage(each, `provides.stages[${i}]`, problems)
    ),
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
  // A pipeline names nodes and stages in the same way.
  const [nodeNames, stageNames] = [provides.nodes, provides.stages].map((all) => all.map(({ name }) => name));
  unique([...nodeNames!, ...stageNames!], (i) => {
    const behind = i - nodeNames!.length;
    return behind < 0 ? `provides.nodes[${i}].name` : `provides.stages[${behind}].name`;
  }, problems);
  unique(provides.codecs.map(({ name }) => name), (i) => `provides.codecs[${i}].name`, problems);
  unique(provides.transports.map(({ scheme }) => scheme), (i) => `provides.transports[${i}].scheme`, problems);
  return provides;
}

function readNode(value: unknown, at: string, problems: Problems): ProvidedNode {
  const node = problems.object(value, at, ["name", "title", "in", "out", "config", "takes", "source"]);
  const [inputs, outputs] = [readPorts(node.in, `${at}.in`, problems), readPorts(node.out, `${at}.out`, problems)];
  for (const port of Object.keys(inputs)) {
    if (Object.hasOwn(outputs, port)) problems.add(`${at}.out.${port}`, "an input has the same name");
  }
  const takes = node.takes === undefined ? undefined : problems.oneOf(node.takes, `${at}.takes`, ["frames", "rows"]);
  return {
    name: problems.text(node.name, `${at}.name`, NAME) ?? "",
    ...optionalText(node, "title", 200, problems, at),
    in: inputs,
    out: outputs,
    config: readConfig(node.config, `${at}.config`, problems),
    ...(takes !== undefined && { takes }),
    ...(node.source !== undefined && { source: problems.flag(node.source, `${at}.source`) }),
  };
}

function readStage(value: unknown, at: string, problems: Problems): ProvidedStage {
  const stage = problems.object(value, at, ["name", "title", "category", "in", "output", "config"]);
  const name = problems.text(stage.name, `${at}.name`, NAME) ?? "";
  const { title = name } = optionalText(stage, "title", 200, problems, at);
  const { category = "plugin" } = optionalText(stage, "category", 40, problems, at);
  return {
    name,
    title,
    category,
    in: stage.in === undefined ? { in: "frames" } : readPorts(stage.in, `${at}.in`, problems),
    output: stage.output === undefined || problems.flag(stage.output, `${at}.output`),
    config: readConfig(stage.config, `${at}.config`, problems),
  };
}

function readPorts(value: unknown, at: string, problems: Problems): Record<string, string> {
  return mapOf(value, at, problems, (text, place) => problems.text(text, place) ?? "");
}

function readConfig(value: unknown, at: string, problems: Problems): Parameters {
  return mapOf(value, at, problems, (each, place, name) => readParameter(each, { name, at: place, problems }));
}

/** `capabilities`; their values may stand for what the nodes have as `config`. */
export function readCapabilities(value: unknown, provides: Provides, problems: Problems): AskedCapability[] {
  const config = configNames(provides);
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

function configNames({ nodes, stages }: Provides): Set<string> {
  return new Set([...nodes, ...stages].flatMap(({ config }) => Object.keys(config)));
}

/** `limits`. */
export function readLimits(value: unknown, problems: Problems): Partial<PluginLimits> {
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

/** `files`. */
export function readFiles(value: unknown, main: string, problems: Problems): Record<string, string> {
  const files = problems.object(value, "files");
  for (const [path, hash] of Object.entries(files)) {
    const problem = path === "plugin.jsonc" ? "it cannot hold its own hash" : pathProblem(path);
    if (problem !== undefined) problems.add(join("files", path), problem);
    problems.text(hash, join("files", path), { shape: /^sha256-[0-9a-f]{64}$/, what: "sha256- and 64 hex digits" });
  }
  if (main !== "" && !Object.hasOwn(files, main)) problems.add("files", `the main module ${main} is not among them`);
  return files as Record<string, string>;
}

/** The path of a file in the package. */
export function readPath(value: unknown, at: string, problems: Problems): string {
  const path = problems.text(value, at);
  const problem = path === undefined ? undefined : pathProblem(path);
  if (problem !== undefined) problems.add(at, problem);
  return path ?? "";
}

/** A text that may be left out. */
export function optionalText<K extends string>(
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
  read: (value: unknown, at: string, name: string) => T,
): Record<string, T> {
  if (value === undefined) return {};
  return Object.fromEntries(
    Object.entries(problems.object(value, at)).map(([name, each]) => {
      problems.text(name, join(at, name), PORT);
      return [name, read(each, join(at, name), name)];
    }),
  );
}

function unique(names: readonly string[], at: (index: number) => string, problems: Problems): void {
  names.forEach((name, i) => {
    if (name !== "" && names.indexOf(name) < i) problems.add(at(i), `"${name}" is there twice`);
  });
}

const NAME = { shape: /^[A-Za-z][\w.-]{0,63}$/, what: "a name such as gps" };
const PORT = { shape: /^[A-Za-z][A-Za-z0-9_]{0,63}$/, what: "a name such as fixes" };
const SCHEME = { shape: /^[a-z][a-z0-9+.-]{0,31}$/, what: "a scheme such as tcp" };
