import assert from "node:assert/strict";
import fc from "fast-check";
import { cutLine, cutRing, type Position } from "./geo_date_line.ts";

/** Twice the signed area; positive where a ring turns counter-clockwise. */
function areaOf(ring: readonly Position[]): number {
  return ring.slice(1).reduce((sum, [x, y], i) => sum + ring[i]![0]! * y! - x! * ring[i]![1]!, 0);
}

const onEarth = (longitude: number) => ((longitude + 540) % 360) - 180;
const spans = (part: readonly Position[]) =>
  Math.max(...part.map(([x]) => x!)) - Math.min(...part.map(([x]) => x!)) <= 180 &&
  part.every(([x]) => Math.abs(x!) <= 180);

Deno.test("cutLine() cuts at the 180th meridian, and nothing else", () => {
  assert.deepEqual(cutLine([[1, 2], [-3, 4, 5]]), [[[1, 2], [-3, 4, 5]]]);
  assert.deepEqual(cutLine([[179, 0, 10], [-179, 2, 20]]), [[[179, 0, 10], [180, 1, 15]], [[-180, 1, 15], [
    -179,
    2,
    20,
  ]]]);
  assert.deepEqual(cutLine([[179, 0], [180, 1], [-179, 2]]), [[[179, 0], [180, 1]], [[-180, 1], [-179, 2]]]);
  assert.deepEqual(cutLine([[179, 0], [180, 1], [179, 2]]).length, 1);
  assert.deepEqual(cutLine([[180, 0], [-179, 1]]), [[[-180, 0], [-179, 1]]]);
});

Deno.test("cutRing() gives closed rings that turn left, on both sides of the meridian", () => {
  const square = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]];
  assert.deepEqual([cutRing(square), cutRing(square.toReversed())], [[square], [square]]);
  assert.deepEqual(cutRing([[179, 0], [-179, 0], [-179, 2], [179, 2], [179, 0]]), [
    [[179, 0], [180, 0], [180, 2], [179, 2], [179, 0]],
    [[-180, 2], [-180, 0], [-179, 0], [-179, 2], [-180, 2]],
  ]);
  assert.equal(cutRing([[179, 0], [180, 0], [180, 2], [179, 2], [179, 0]]).length, 1);
  const pole = [[-170, -80], [0, -80], [170, -80], [-170, -80]];
  assert.deepEqual(cutRing(pole), [pole]);
});

Deno.test("what cutRing() cuts has the area of the whole, wherever it is and however many corners it has", () => {
  const radii = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 3, maxLength: 12 });
  fc.assert(fc.property(radii, fc.integer({ min: -180, max: 180 }), fc.boolean(), (radii, middle, isReversed) => {
    const corners = radii.map((radius, i) => {
      const angle = 2 * Math.PI * i / radii.length;
      return [middle + radius * Math.cos(angle), radius * Math.sin(angle)];
    });
    const flat = [...corners, corners[0]!];
    const ring = flat.map(([x, y]) => [onEarth(x!), y!]);
    const rings = cutRing(isReversed ? ring.toReversed() : ring);
    let sum = 0;
    for (const each of rings) {
      assert.ok(each.length >= 4 && spans(each), JSON.stringify(each));
      assert.deepEqual(each[0], each.at(-1));
      assert.ok(areaOf(each) >= 0);
      sum += areaOf(each);
    }
    assert.ok(Math.abs(sum - Math.abs(areaOf(flat))) < 1e-6 * (1 + sum), `${sum} of ${areaOf(flat)}`);
  }));
});
