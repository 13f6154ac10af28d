import { checkCapacity } from "../channel/mod.ts";
import { encodeHeader, headerOf } from "../codec/mod.ts";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import { isReserved } from "../log/mod.ts";
import { channelsOf, inputsOf, outputsOf } from "./graph_plan.ts";
import { logs } from "./logs.ts";
import { isNode, type Node } from "./node.ts";

/** Options of {@linkcode validate}. */
export interface ValidateOptions {
  /** Channels that come from elsewhere, such as a recording. */
  readonly provided?: Iterable<string>;
}

/**
 * Checks that a graph can run: whole nodes, one producer for each channel and at least one for each input, agreeing
 * codecs, sensible capacities, and no cycle that is not declared with `.with({ feedback: true })`.
 *
 * @throws {TinmanError} `GRAPH`, saying what is wrong, where, and the fix.
 */
export function validate(nodes: readonly Node[], options: ValidateOptions = {}): void {
  checkNodes(nodes);
  const producers = checkProducers(nodes);
  const provided = new Set([...options.provided ?? [], logs.name]);
  for (const node of nodes) {
    for (const input of inputsOf(node)) {
      checkCapacity(input.name, input.capacity);
      const producer = producers.get(input.name);
      if (producer === undefined && !provided.has(input.name)) throw noProducer(node, input.name, producers, provided);
      if (producer !== undefined) checkCodecs(input.name, producer, node);
    }
  }
  for (const output of nodes.flatMap(outputsOf)) checkCapacity(output.name, output.capacity);
  checkCycles(nodes, producers);
}

function checkNodes(nodes: readonly Node[]): void {
  if (nodes.length === 0) {
    throw new TinmanError("GRAPH", "Cannot run a graph without nodes", { hint: "pass at least one node" });
  }
  for (const each of nodes as readonly unknown[]) {
    if (isNode(each)) continue;
    throw new TinmanError("GRAPH", `Cannot run a graph with ${whatIs(each)} in it: not a node`, {
      hint: "wrap it: node({ in: { … }, out: { … } }, async (channels) => { … })",
    });
  }
}

function whatIs(value: unknown): string {
  if (typeof value === "function") return `function ${value.name || "without a name"}`;
  if (value === null || value === undefined) return `${value}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function checkProducers(nodes: readonly Node[]): Map<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of nodes) {
    for (const { name: channel, all } of outputsOf(node)) {
      const other = producers.get(channel);
      if (other !== undefined) {
        const who = `"${other.name}" and "${node.name}"`;
        throw new TinmanError("GRAPH", `Channel "${channel}" is produced by multiple nodes: ${who}`, {
          node: node.name,
          channel,
          hint: "give one of them a channel of its own, and read both",
        });
      }
      if (isReserved(channel)) {
        throw new TinmanError("GRAPH", `Node "${node.name}" cannot publish to "${channel}": the name is reserved`, {
          node: node.name,
          channel,
          hint: "name it differently: channels that begin with ~ are those that tinman keeps in a recording for itself",
        });
      }
      if (all || channel === logs.name) {
        throw new TinmanError(
          "GRAPH",
          `Node "${node.name}" cannot publish to "${channel}": tinman makes this channel`,
          {
            node: node.name,
            channel,
            hint: channel === logs.name
              ? "use log.info(…), or name the channel differently"
              : "name the channels one by one",
          },
        );
      }
      producers.set(channel, node);
    }
  }
  return producers;
}

function noProducer(
  node: Node,
  channel: string,
  producers: ReadonlyMap<string, Node>,
  provided: ReadonlySet<string>,
): TinmanError<"GRAPH"> {
  const nearest = didYouMean(channel, [...producers.keys(), ...provided]);
  return new TinmanError("GRAPH", `Input channel "${channel}" of node "${node.name}" has no producer node`, {
    node: node.name,
    channel,
    hint: nearest ?? "add a node that publishes to it, or replay it from a recording",
  });
}

function checkCodecs(channel: string, producer: Node, reader: Node): void {
  const declared = (node: Node, side: "inputs" | "outputs") =>
    Object.values(node[side]).find((each) => each.name === channel)?.codec;
  const [written, read] = [declared(producer, "outputs"), declared(reader, "inputs")];
  if (written === undefined || read === undefined) return;
  if (encodeHeader(headerOf(written)).toBase64() === encodeHeader(headerOf(read)).toBase64()) return;
  const [asWritten, asRead] = [written, read].map(({ id, version }) => version === 1 ? id : `${id} version ${version}`);
  const params = asWritten === asRead ? " with other parameters" : "";
  throw new TinmanError(
    "GRAPH",
    `Channel "${channel}" is written as ${asWritten} by node "${producer.name}" and read as ${asRead}${params} by node "${reader.name}"`,
    { node: reader.name, channel, hint: "declare the channel once, and use this value in both nodes" },
  );
}

function checkCycles(nodes: readonly Node[], producers: ReadonlyMap<string, Node>): void {
  const finished = new Set<Node>();
  const path: Node[] = [];
  const visit = (node: Node): void => {
    if (finished.has(node)) return;
    const start = path.indexOf(node);
    if (start >= 0) {
      const names = [...path.slice(start), node].map(({ name }) => name);
      // The path was walked against the stream, from readers to producers.
      const cycle = names.reverse().join(" → ");
      throw new TinmanError("GRAPH", `The graph has a cycle: ${cycle}`, {
        node: node.name,
        hint: "declare the input that closes it on purpose: channel.with({ feedback: true })",
      });
    }
    path.push(node);
    for (const input of inputsOf(node)) {
      const producer = producers.get(input.name);
      if (producer !== undefined && !input.feedback) visit(producer);
    }
    path.pop();
    finished.add(node);
  };
  for (const node of nodes) visit(node);
}

/** Facts about the channels of a graph, for tools. */
export function describeChannels(nodes: readonly Node[]): {
  readonly name: string;
  readonly producer: string | undefined;
  readonly readers: readonly string[];
  readonly codec: string | undefined;
}[] {
  return [...channelsOf(nodes)].map(([name, channel]) => ({
    name,
    producer: nodes.find((node) => outputsOf(node).some((each) => each.name === name))?.name,
    readers: nodes.filter((node) => inputsOf(node).some((each) => each.name === name)).map((node) => node.name),
    codec: channel.codec?.id,
  }));
}
