import assert from "node:assert/strict";
import fc from "fast-check";
import { layOut } from "./layout.ts";

const size = { width: 100, height: 40 };
const nodesOf = (...ids: string[]) => ids.map((id) => ({ id, ...size }));
const edgesOf = (...pairs: string[]) => pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! }));

Deno.test("layOut() puts each node behind all that it follows from", () => {
  const { nodes } = layOut({ nodes: nodesOf("a", "b", "c", "d"), edges: edgesOf("ab", "bc", "ac", "dc") });
  const x = (id: string) => nodes.get(id)!.x;
  assert.ok(x("a") < x("b") && x("b") < x("c"));
  // A beginning stands as close to what follows as it can.
  assert.equal(x("d"), x("b"));
});

Deno.test("layOut() ends for every graph, with cycles and loops, and no two nodes overlap", () => {
  const id = fc.integer({ min: 0, max: 30 }).map((n) => `n${n}`);
  const graph = fc.record({
    ids: fc.uniqueArray(id, { minLength: 1 }),
    edges: fc.array(fc.record({ from: id, to: id }, { noNullPrototype: true }), { maxLength: 60 }),
  });
  fc.assert(fc.property(graph, ({ ids, edges }) => {
    const layout = layOut({ nodes: nodesOf(...ids), edges });
    const boxes = [...layout.nodes.values()];
    for (const [i, a] of boxes.entries()) {
      assert.ok(a.x >= 0 && a.y >= 0 && a.x + size.width <= layout.width && a.y + size.height <= layout.height);
      for (const b of boxes.slice(i + 1)) {
        assert.ok(Math.abs(a.x - b.x) >= size.width || Math.abs(a.y - b.y) >= size.height, "two nodes overlap");
      }
    }
    assert.equal(layout.edges.length, edges.length);
    const there = edges.map(({ from, to }) => from !== to && ids.includes(from) && ids.includes(to));
    layout.edges.forEach((points, i) => assert.equal(points.length >= 2, there[i]));
  }));
});

Deno.test("layOut() gives the same picture for the same graph, and is quick for 300 nodes in a chain and a fan", () => {
  const ids = Array.from({ length: 300 }, (_, i) => `n${i}`);
  const edges = ids.slice(1).map((to, i) => ({ from: i < 150 ? `n${i}` : `n${i % 20}`, to }));
  const input = { nodes: nodesOf(...ids), edges };
  const beganMs = performance.now();
  const layout = layOut(input);
  assert.ok(performance.now() - beganMs < 1500);
  assert.deepEqual(layOut(input), layout);
});
