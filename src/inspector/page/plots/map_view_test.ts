import assert from "node:assert/strict";
import { meridian, type Track, unwrapped, windowOf } from "./map_view.ts";

const track = (...places: readonly (readonly [lat: number, lon: number])[]): Track =>
  Float64Array.from(places.flatMap(([lat, lon], i) => [i, lat, lon]));
const longitudes = (track: Track) => [...track].filter((_, i) => i % 3 === 2);

Deno.test("a track goes on where it crosses the date line, there and back", () => {
  const [there] = unwrapped([track([-17, 179.8], [-17, -179.9], [-17, -179.5], [-17, 179.9])]);
  assert.deepEqual(longitudes(there!), [179.8, 180.1, 180.5, 179.9]);
  const { lon, scale } = windowOf([there!], 800, 400)!;
  assert.ok(Math.abs(lon - 180.15) < 1e-9 && scale > 800, `${lon} ${scale}`);
});

Deno.test("two tracks on either side of the date line are beside each other", () => {
  const [east, west, none] = unwrapped([track([0, 179]), track([0, -179], [0, -178]), track()]);
  assert.deepEqual([longitudes(east!), longitudes(west!), longitudes(none!)], [[179], [181, 182], []]);
});

Deno.test("a track elsewhere stays as it is", () => {
  const far = track([0, -120], [0, 10], [0, 120]);
  assert.deepEqual(unwrapped([far]), [far]);
});

Deno.test("a meridian beyond the date line has its own name", () => {
  assert.deepEqual([180.5, 180, -180, -190, 0, -0.5, 360].map((lon) => meridian(lon, 0.5)), [
    ...["179.5° W", "180.0°", "180.0°", "170.0° E", "0.0° E", "0.5° W", "0.0° E"],
  ]);
});
