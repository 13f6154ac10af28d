import { basename, dirname, join } from "node:path";
import { didYouMean, isTinmanError, TinmanError } from "../errors/mod.ts";
import { Graph, isNode, type Node } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import type { Io } from "./io.ts";
import { asNode, withEventNodes } from "./load_events.ts";
import { isPipelineFile, loadPipeline, type Observe } from "./load_pipeline.ts";

/** A file with nodes, as it is named on the command line: `FILE` or `FILE:name,name`. */
interface ModuleSpec {
  readonly path: string;
  /** The exports that were picked; empty means: whatever is there. */
  readonly names: readonly string[];
}

/**
 * The graph that files export. A file alone gives its `default` export, or every exported node, list and Graph, or what
 * its only factory returns; `FILE:a,b` gives these exports. A pipeline of events is a node. A factory is a function without parameters, sync or async.
 * What a single Graph says about how it is run is kept. A file of JSON is a pipeline, see {@linkcode loadPipeline}, which
 * `observe` may look at.
 *
 * @throws {TinmanError} `NOT_FOUND` for a file or export that is not there, `MODULE` for one that cannot be used.
 */
export async function loadGraph(
  specs: readonly string[],
  context: Pick<Context, "io" | "path">,
  observe?: Observe,
): Promise<Graph> {
  const parts: Part[] = [];
  for (const text of specs) {
    const spec = readSpec(text, context);
    if (isPipelineFile(spec.path)) {
      parts.push(loadPipeline(spec.path, { context, names: spec.names, observe }));
      continue;
    }
    const exported = await loadModule(spec.path, context.io);
    parts.push(...spec.names.length > 0 ? await pick(exported, spec) : await gather(exported, spec));
  }
  return Graph.of(...parts);
}

type Part = Node | Graph;

function readSpec(text: string, { io, path: locate }: Pick<Context, "io" | "path">): ModuleSpec {
  if (io.files.stat(locate(text)) === undefined) {
    const parts = /^(.+?):((?:[\p{ID_Start}$_][\p{ID_Continue}$]*,?)+)$/u.exec(text);
    if (parts) {
      return {
        path: present(locate(parts[1]!), io),
        names: parts[2]!.split(",").filter((name) => name !== ""),
      };
    }
  }
  return { path: present(locate(text), io), names: [] };
}

function present(path: string, io: Io): string {
  const kind = io.files.stat(path)?.kind;
  if (kind === "file") return path;
  if (kind === "folder") {
    const sources = io.files.list(path).filter((name) => /\.[mc]?[jt]s$/.test(name));
    const hint = sources.length > 0 ? `name a file in it: ${join(path, sources[0]!)}` : "name a file with nodes";
    throw new TinmanError("MODULE", `Cannot load ${path}: it is a folder`, { path, hint });
  }
  const hint = didYouMean(basename(path), io.files.list(dirname(path))) ?? "tinman init DIR makes a project with nodes";
  throw new TinmanError("NOT_FOUND", `Cannot load ${path}: no such file`, { kind: "file", id: path, hint });
}

async function loadModule(path: string, io: Io): Promise<Record<string, unknown>> {
  try {
    return withEventNodes(await io.load(path), path);
  } catch (cause) {
    // A node that cannot be made says so itself, and better.
    if (isTinmanError(cause)) throw cause;
    const what = cause instanceof SyntaxError ? "it is not a module that can be read" : "it failed while it was loaded";
    throw new TinmanError("MODULE", `Cannot load ${path}: ${what}`, { path, cause, hint: "see the cause above" });
  }
}

async function pick(exported: Record<string, unknown>, { path, names }: ModuleSpec): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of names) {
    if (!Object.hasOwn(exported, name)) {
      throw new TinmanError("NOT_FOUND", `Cannot take "${name}" from ${path}: it exports ${listOf(exported)}`, {
        kind: "export",
        id: name,
        hint: didYouMean(name, Object.keys(exported)),
      });
    }
    parts.push(...await partsOf(exported[name], { path, name }));
  }
  return parts;
}

async function gather(exported: Record<string, unknown>, { path }: ModuleSpec): Promise<Part[]> {
  if (exported.default !== undefined) return await partsOf(exported.default, { path, name: "default" });
  const values = Object.values(exported).filter(isUsable);
  if (values.length > 0) return withoutCopies(values.flatMap((value) => flatten(value)!));
  const factories = Object.entries(exported).filter(([, value]) => typeof value === "function" && value.length === 0);
  if (factories.length === 1) return await partsOf(factories[0]![1], { path, name: factories[0]![0] });
  throw new TinmanError("MODULE", `Cannot take nodes from ${path}: it exports ${listOf(exported)}`, {
    path,
    hint: factories.length > 1
      ? `say which function makes the nodes: ${basename(path)}:${factories[0]![0]}`
      : "export nodes, a list of nodes, a Graph, an event pipeline, or a function without parameters that returns one",
  });
}

async function partsOf(value: unknown, from: { path: string; name: string }): Promise<Part[]> {
  const { path, name } = from;
  let made = value;
  if (typeof value === "function" && value.length === 0) {
    try {
      made = await value();
    } catch (cause) {
      if (isTinmanError(cause)) throw cause;
      throw new TinmanError("MODULE", `Cannot take "${name}" from ${path}: the function failed`, { path, cause });
    }
  } else if (value instanceof Promise) made = await value;
  const parts = flatten(asNode(made, from));
  if (parts !== undefined && parts.length > 0) return parts;
  const what = made === value ? `it is ${kindOf(made)}` : `it returns ${kindOf(made)}`;
  throw new TinmanError("MODULE", `Cannot take "${name}" from ${path}: ${what}, not a node`, {
    path,
    hint: typeof made === "function"
      ? "wrap it: node({ in: { … }, out: { … } }, async (channels) => { … })"
      : isProcessor(Array.isArray(made) ? made[0] : made)
      ? "make a pipeline of processors: createEventPipeline([ … ])"
      : "it has to be a node, a list of nodes, a Graph, an event pipeline, or a function without parameters that returns one",
  });
}

// A list or a Graph often stands beside the nodes that are in it.
function withoutCopies(parts: readonly Part[]): Part[] {
  const nodes = new Set(parts.flatMap((part) => part instanceof Graph ? part.nodes : [part]));
  const graph = parts.find((part) => part instanceof Graph);
  return graph !== undefined && graph.nodes.length === nodes.size ? [graph] : [...nodes];
}

/** The nodes and graphs in a value, or undefined when something else is in it. */
function flatten(value: unknown): Part[] | undefined {
  if (isNode(value) || value instanceof Graph) return [value];
  if (!Array.isArray(value)) return undefined;
  const parts = value.map(flatten);
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function isProcessor(value: unknown): boolean {
  return Array.isArray((value as { handlers?: unknown } | null | undefined)?.handlers);
}

function isUsable(value: unknown): boolean {
  const parts = flatten(value);
  return parts !== undefined && parts.length > 0;
}

function listOf(exported: Record<string, unknown>): string {
  const names = Object.entries(exported).map(([name, value]) => `${name} (${kindOf(value)})`);
  return names.length === 0 ? "nothing" : names.join(", ");
}

function kindOf(value: unknown): string {
  if (isNode(value)) return "a node";
  if (value instanceof Graph) return "a Graph";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "function") {
    const count = value.length;
    return count === 0 ? "a function" : `a function with ${count} ${count === 1 ? "parameter" : "parameters"}`;
  }
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
