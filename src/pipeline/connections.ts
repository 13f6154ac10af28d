import { didYouMean } from "../errors/mod.ts";
import type { Problems } from "../jsonc/mod.ts";
import type { Connection, StageConfig } from "./config.ts";
import { wholeName } from "./dead_letters.ts";
import { inputsOf, outputChannels, outputsOf } from "./registry.ts";
import { SHED_POLICIES } from "./shed_queue.ts";

/** Most connections of one pipeline. */
export const MAX_CONNECTIONS = 100_000;

/** Reads `connections`: that both ends are there, that nothing is there twice, and that nothing goes in a circle. */
export function readConnections(given: unknown, stages: readonly StageConfig[], problems: Problems): Connection[] {
  const list = given === undefined ? [] : problems.list(given, "connections", MAX_CONNECTIONS);
  const ends = endsOf(stages);
  const seen = new Map<string, number>();
  const found = list.flatMap((each, i) => {
    const at = `connections[${i}]`;
    const { from, to, shed } = problems.object(each, at, ["from", "to", "shed"]);
    const [sources, target] = [
      readSources(from, `${at}.from`, ends, problems),
      readTarget(to, `${at}.to`, ends, problems),
    ];
    const policy = shed === undefined ? undefined : problems.oneOf(shed, `${at}.shed`, SHED_POLICIES);
    if (sources.length === 0 || target === undefined) return [];
    const key = JSON.stringify([sources, target]);
    const found = sources.map((from) => ({ from, ...target, ...(policy !== undefined && { shed: policy }) }));
    const before = seen.get(key);
    if (before !== undefined) problems.add(at, `it is the same as connections[${before}]`);
    else seen.set(key, i);
    return before === undefined ? found : [];
  });
  const cycle = findCycle(stages, found);
  if (cycle !== undefined) {
    problems.add("connections", `${cycle.join(" → ")} is a circle, and frames would never come out of it`);
  }
  return found;
}

/** What a connection can begin and end at. */
interface Ends {
  readonly stages: ReadonlyMap<string, StageConfig>;
  /** The channels of dead letters, with all parts that they have. */
  readonly dead: ReadonlyMap<string, readonly string[]>;
  /** The channels of outputs by `id.output`. */
  readonly outputs: ReadonlyMap<string, string>;
}

function endsOf(stages: readonly StageConfig[]): Ends {
  return {
    stages: new Map(stages.filter(({ id }) => id !== "").map((stage) => [stage.id, stage])),
    dead: Map.groupBy(stages.flatMap(({ dead_letters }) => dead_letters ?? []), wholeName),
    outputs: new Map(
      stages.flatMap(({ id, type }) => {
        const channels = outputChannels(id, type);
        return outputsOf(type).map((name, i) => [`${id}.${name}`, channels[i]!] as const);
      }),
    ),
  };
}

/** The channels that a connection begins at: one, or all parts of one; none where something is wrong. */
function readSources(given: unknown, at: string, ends: Ends, problems: Problems): readonly string[] {
  const { stages, dead, outputs } = ends;
  const name = problems.text(given, at);
  if (name === undefined) return [];
  if (dead.has(name)) return dead.get(name)!;
  const stage = stages.get(name);
  if (stage === undefined && outputs.has(name)) return [outputs.get(name)!];
  if (stage === undefined) problems.add(at, unknownSource(name, ends));
  else if (stage.type.hasOutput === false) problems.add(at, `${stage.type.type} ${JSON.stringify(name)} has no output`);
  return stage === undefined ? [] : [name];
}

function readTarget(given: unknown, at: string, { stages }: Ends, problems: Problems) {
  const name = problems.text(given, at);
  if (name === undefined) return undefined;
  // An id may have a dot in it.
  const dot = stages.has(name) ? -1 : name.lastIndexOf(".");
  const [to, named] = dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
  const stage = stages.get(to);
  if (stage === undefined) {
    problems.add(at, unknown(to, stages.keys()));
    return undefined;
  }
  const inputs = inputsOf(stage.type);
  const [first] = inputs;
  if (first === undefined) problems.add(at, `${stage.type.type} ${JSON.stringify(to)} is a source and has no input`);
  else if (named !== undefined && !inputs.includes(named)) {
    problems.add(at, `${JSON.stringify(to)} has no input ${JSON.stringify(named)}; ${suggest(named, inputs)}`);
  } else return { to, input: named ?? first };
  return undefined;
}

function unknownSource(name: string, { stages, dead }: Ends): string {
  const dot = name.lastIndexOf(".");
  const [id, output] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  const stage = dot < 0 ? undefined : stages.get(id);
  if (stage === undefined) return unknown(name, [...stages.keys(), ...dead.keys()]);
  const outputs = outputsOf(stage.type);
  if (outputs.length === 0) return `${stage.type.type} ${JSON.stringify(id)} has no output`;
  return `${JSON.stringify(id)} has no output ${JSON.stringify(output)}; ${suggest(output, outputs)}`;
}

function unknown(name: string, names: Iterable<string>): string {
  return `there is no node ${JSON.stringify(name.slice(0, 80))}; ${suggest(name, [...names])}`;
}

function suggest(name: string, names: readonly string[]): string {
  const some = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  return didYouMean(name, names) ?? (names.length === 0 ? "there are none" : `there are ${some}`);
}

/** The ids of the stages with every stage behind those that it gets frames from; in the order of the file otherwise. */
export function topologicalOrder(stages: readonly StageConfig[], connections: readonly Connection[]): string[] {
  const before = feeders(stages, connections);
  const order = new Set<string>();
  // Not recursive: a chain may have thousands of stages.
  const waiting = stages.map(({ id }) => id).reverse();
  while (waiting.length > 0) {
    const id = waiting.at(-1)!;
    const missing = order.has(id) ? [] : before.get(id)!.filter((each) => !order.has(each));
    if (missing.length > 0) {
      waiting.push(...missing.reverse());
      continue;
    }
    order.add(id);
    waiting.pop();
  }
  return [...order];
}

/** By id, the stages that a stage gets frames from, dead letters too. */
function feeders(stages: readonly StageConfig[], connections: readonly Connection[]): Map<string, string[]> {
  const owner = new Map(
    stages.flatMap(({ id, type, dead_letters }) =>
      [...outputChannels(id, type), ...dead_letters === undefined ? [] : [dead_letters]].map((name) => [name, id])
    ),
  );
  const before = new Map(stages.map(({ id }) => [id, [] as string[]]));
  for (const { from, to } of connections) before.get(to)!.push(owner.get(from) ?? from);
  return before;
}

function findCycle(stages: readonly StageConfig[], connections: readonly Connection[]): string[] | undefined {
  const before = feeders(stages, connections);
  const finished = new Set<string>();
  for (const { id: start } of stages) {
    const path: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const next = finished.has(top.id) ? undefined : before.get(top.id)?.[top.next++];
      if (next === undefined) {
        finished.add(top.id);
        onPath.delete(top.id);
        path.pop();
      } else if (onPath.has(next)) {
        // It was walked against the stream.
        const circle = [next, ...path.slice(path.findIndex(({ id }) => id === next)).map(({ id }) => id).reverse()];
        return circle;
      } else {
        path.push({ id: next, next: 0 });
        onPath.add(next);
      }
    }
  }
  return undefined;
}
