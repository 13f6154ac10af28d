import assert from "node:assert/strict";
import { openFixture } from "./_fixture.ts";

Deno.test("a page that asks so is told of a refusal in a header, since a browser makes an error of each status; scripts get the status", async () => {
  const { ask, bearer } = openFixture();
  const path = "/api/sources/1/frames?channel=nothing";
  const plain = await ask(path, { headers: bearer });
  assert.ok(plain.status >= 400 && plain.status < 500);
  const told = await ask(path, { headers: { ...bearer, "x-tinman-status": "header" } });
  assert.deepEqual([told.status, told.headers.get("x-tinman-status")], [200, `${plain.status}`]);
  assert.deepEqual(await told.json(), await plain.json());
  const refused = await ask(path, { headers: { "x-tinman-status": "header" } });
  assert.equal(refused.status, 401, "who may not ask is told so in any case");
});
