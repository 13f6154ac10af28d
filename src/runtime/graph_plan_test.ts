// Of the original: runtime_test TestGetNodeSpecs.test_assigns_unique_names, test_disambiguates_duplicate_names,
// test_preserves_explicit_names, test_disambiguates_mixed_explicit_and_derived.
import assert from "node:assert/strict";
import { allChannels, type Channel, channel } from "../channel/mod.ts";
import { channelsOf, fuse, missingInputs, nameNodes, nodesBehind, readersFirst } from "./graph_plan.ts";
import { filter, map, type Node, node, SKIP } from "./node.ts";

const idle = async () => {};
const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => channel<number>(name)) as [
  Channel<number>,
  Channel<number>,
  Channel<number>,
  Channel<number>,
];
const unwatched = () => false;

function named(...names: string[]): Node[] {
  return names.map((name) => node({ name }, idle));
}

function namesOf(nodes: readonly Node[]): string[] {
  return nodes.map(({ name }) => name);
}

Deno.test("nameNodes() leaves names alone that are there once", () => {
  const nodes = named("a", "b");
  assert.deepEqual(nameNodes(nodes), nodes);
});

Deno.test("nameNodes() numbers nodes of one name in the order of the list", () => {
  assert.deepEqual(namesOf(nameNodes(named("x", "y", "x", "x"))), ["x_1", "y", "x_2", "x_3"]);
  const twice = named("x")[0]!;
  assert.deepEqual(namesOf(nameNodes([twice, twice])), ["x_1", "x_2"]);
});

Deno.test("nameNodes() passes over numbers that somebody has as a name", () => {
  assert.deepEqual(namesOf(nameNodes(named("x", "x_1", "x"))), ["x_2", "x_1", "x_3"]);
  const names = namesOf(nameNodes(named("x", "x", "x_1", "x_1")));
  assert.equal(new Set(names).size, 4);
});

Deno.test("nameNodes() of what it named changes nothing", () => {
  const once = nameNodes(named("x", "x", "y"));
  assert.deepEqual(nameNodes(once), once);
});

Deno.test("channelsOf() takes a channel as its producer declares it, else as its first reader does", () => {
  const declared = channel<number>("a", { latched: true });
  const nodes = [node({ in: { a } }, idle), node({ out: { declared } }, idle), node({ in: { b } }, idle)];
  assert.deepEqual([...channelsOf(nodes).values()], [declared, b]);
});

Deno.test("missingInputs() are exactly the inputs that no node produces, sorted", () => {
  const nodes = [
    node({ in: { d, a, all: allChannels }, out: { b } }, idle),
    node({ in: { b, c } }, idle),
  ];
  assert.deepEqual(missingInputs(nodes).map(({ name }) => name), ["a", "c", "d"]);
  assert.deepEqual(missingInputs([node({ out: { a } }, idle)]), []);
});

Deno.test("nodesBehind() follows the stream from a channel, through monitors and around cycles", () => {
  const [first, second, back, other] = [
    node({ in: { a }, out: { b } }, idle),
    node({ in: { b, c }, out: { d } }, idle),
    node({ in: { d }, out: { c } }, idle),
    node({ out: { a } }, idle),
  ];
  assert.deepEqual([...nodesBehind([back!, second!, first!, other!], "a")], [first, second, back]);
  assert.deepEqual([...nodesBehind([first!, other!], "d")], []);
  const monitor = node({ in: { all: allChannels } }, idle);
  assert.deepEqual([...nodesBehind([other!, monitor], "d")], [monitor]);
});

Deno.test("readersFirst() puts every reader before its producer, and leaves what is free in the order of the list", () => {
  const [first, second, third, other] = [
    node({ out: { a }, name: "first" }, idle),
    node({ in: { a }, out: { b }, name: "second" }, idle),
    node({ in: { a, b }, name: "third" }, idle),
    node({ out: { d }, name: "other" }, idle),
  ];
  assert.deepEqual(namesOf(readersFirst([first!, other!, second!, third!])), ["third", "second", "first", "other"]);
  assert.deepEqual(namesOf(readersFirst([other!, third!, second!, first!])), ["other", "third", "second", "first"]);
  const monitor = node({ in: { all: allChannels }, name: "monitor" }, idle);
  assert.deepEqual(namesOf(readersFirst([first!, monitor])), ["monitor", "first"]);
});

Deno.test("readersFirst() of a cycle gives every node once", () => {
  const cycle = [node({ in: { a }, out: { b } }, idle), node({ in: { b }, out: { a } }, idle)];
  assert.deepEqual(new Set(readersFirst(cycle)), new Set(cycle));
});

Deno.test("fuse() makes one node of a chain of pure nodes, in any order of the list", () => {
  const chain = [
    map({ in: a, out: b, name: "double" }, (n) => n * 2),
    filter({ in: b, out: c, name: "big" }, (n) => n > 5),
    map({ in: c, out: d, name: "negate" }, (n) => -n),
  ];
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1]]) {
    const [fused, ...others] = fuse(order.map((i) => chain[i]!), unwatched);
    assert.deepEqual(others, []);
    assert.equal(fused!.name, "double + big + negate");
    assert.deepEqual([fused!.inputs, fused!.outputs], [{ in: a }, { out: d }]);
    assert.ok(fused!.body.form === "pure");
    assert.deepEqual([fused!.body.step(3 as never), fused!.body.step(2 as never)], [-6, SKIP]);
  }
});

Deno.test("fuse() leaves a channel that somebody watches", () => {
  const chain = [map({ in: a, out: b }, (n) => n), map({ in: b, out: c }, (n) => n), map({ in: c, out: d }, (n) => n)];
  assert.equal(fuse(chain, (name) => name === "b").length, 2);
  assert.equal(fuse(chain, () => true).length, 3);
});

Deno.test("fuse() leaves a channel with several readers, or with one that is not pure", () => {
  const pure = [map({ in: a, out: b }, (n) => n), map({ in: b, out: c }, (n) => n)];
  assert.equal(fuse([...pure, map({ in: b, out: d }, (n) => n)], unwatched).length, 3);
  assert.equal(fuse([...pure, node({ in: { b } }, idle)], unwatched).length, 3);
  assert.equal(fuse([pure[0]!, node({ in: { b } }, { b() {} })], unwatched).length, 2);
});

Deno.test("fuse() joins nothing while a monitor reads all channels", () => {
  const chain = [map({ in: a, out: b }, (n) => n), map({ in: b, out: c }, (n) => n)];
  assert.equal(fuse([...chain, node({ in: { all: allChannels } }, idle)], unwatched).length, 3);
});

Deno.test("fuse() keeps the other nodes and their order", () => {
  const [source, sink] = [node({ out: { a }, name: "source" }, idle), node({ in: { c }, name: "sink" }, idle)];
  const nodes = [source, map({ in: a, out: b }, (n) => n), sink, map({ in: b, out: c }, (n) => n)];
  assert.deepEqual(namesOf(fuse(nodes, unwatched)), ["source", "to b + to c", "sink"]);
});
