import { allChannels } from "../channel/mod.ts";
import { type AnyChannel, type Node, SKIP } from "./node.ts";

/** Gives every node a name of its own: nodes of one name become `name_1`, `name_2`, … in the order of the list. */
export function nameNodes(nodes: readonly Node[]): Node[] {
  const counts = new Map<string, number>();
  for (const { name } of nodes) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set(nodes.filter(({ name }) => counts.get(name) === 1).map(({ name }) => name));
  return nodes.map((node) => {
    if (counts.get(node.name) === 1) return node;
    let number = 1;
    while (taken.has(`${node.name}_${number}`)) number++;
    const name = `${node.name}_${number}`;
    taken.add(name);
    return { ...node, name };
  });
}

/** The channels that nodes read, without {@linkcode allChannels}. */
export function inputsOf(node: Node): AnyChannel[] {
  return Object.values(node.inputs).filter((each) => !each.all);
}

/** The channels that a node publishes to. */
export function outputsOf(node: Node): AnyChannel[] {
  return Object.values(node.outputs);
}

/** Whether the node gets every channel of the graph. */
export function readsAll(node: Node): boolean {
  return Object.values(node.inputs).some((each) => each.name === allChannels.name && each.all);
}

/** Every channel of the nodes by name: as its producer declares it, else as its first reader does. */
export function channelsOf(nodes: readonly Node[]): Map<string, AnyChannel> {
  const found = new Map<string, AnyChannel>();
  for (const output of nodes.flatMap(outputsOf)) if (!found.has(output.name)) found.set(output.name, output);
  for (const input of nodes.flatMap(inputsOf)) if (!found.has(input.name)) found.set(input.name, input);
  return found;
}

/** The nodes that read a channel, and those that read what these publish, and so on. */
export function nodesBehind(nodes: readonly Node[], channel: string): ReadonlySet<Node> {
  const reached = new Set([channel]);
  const behind = new Set<Node>();
  for (let before = -1; behind.size > before;) {
    before = behind.size;
    for (const node of nodes) {
      if (!readsAll(node) && !inputsOf(node).some(({ name }) => reached.has(name))) continue;
      behind.add(node);
      for (const { name } of outputsOf(node)) reached.add(name);
    }
  }
  return behind;
}

/** The nodes with every reader before its producer, but for cycles; otherwise in the order of the list. */
export function readersFirst(nodes: readonly Node[]): Node[] {
  const ordered = new Set<Node>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const made = new Set(outputsOf(node).map(({ name }) => name));
    for (const other of nodes) if (readsAll(other) || inputsOf(other).some(({ name }) => made.has(name))) visit(other);
    ordered.add(node);
  };
  nodes.forEach(visit);
  return [...ordered];
}

/** The channels that nodes read and no node publishes to, sorted. */
export function missingInputs(nodes: readonly Node[]): AnyChannel[] {
  const made = new Set(nodes.flatMap(outputsOf).map(({ name }) => name));
  return [...channelsOf(nodes).values()].filter(({ name }) => !made.has(name)).sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Joins chains of pure nodes into one node each, where the channel between has one reader and `isWatched` says that
 * nobody else looks at it.
 */
export function fuse(nodes: readonly Node[], isWatched: (channel: string) => boolean): Node[] {
  const everything = nodes.some(readsAll);
  const readers = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const { name } of inputsOf(node)) readers.set(name, [...readers.get(name) ?? [], node]);
  }
  const fused = new Map(nodes.map((node) => [node, node]));
  for (const first of nodes) {
    if (!fused.has(first)) continue;
    for (let head = fused.get(first)!;;) {
      const between = head.outputs.out;
      const [next, ...others] = between === undefined ? [] : readers.get(between.name) ?? [];
      if (head.body.form !== "pure" || next?.body.form !== "pure" || others.length > 0 || next === first) break;
      if (everything || isWatched(between!.name) || !fused.has(next)) break;
      const later = fused.get(next)!;
      fused.delete(next);
      head = join(head, later);
      fused.set(first, head);
    }
  }
  return [...fused.values()];
}

function join(first: Node, second: Node): Node {
  const [a, b] = [first.body, second.body];
  if (a.form !== "pure" || b.form !== "pure") return first;
  const step = (value: never) => {
    const between = a.step(value);
    return between === SKIP ? SKIP : b.step(between as never);
  };
  const name = `${first.name} + ${second.name}`;
  return { ...first, name, outputs: second.outputs, daemon: false, body: { form: "pure", step } };
}
