import assert from "node:assert/strict";
import type { CheckList } from "../../telemetry/mod.ts";
import { openFixture } from "../_fixture.ts";

const machine: CheckList = {
  ...{ id: "machine", title: "This machine", about: "all of it", isSlow: false },
  run: () => [{ level: "warn", name: "disk", message: "10 MiB free", fix: "free some space" }],
};

Deno.test("checks of the machine and of the source are listed, and run when somebody asks", async () => {
  let runs = 0;
  const { ask, bearer, source } = openFixture({ checks: [machine] });
  const run = () => (runs++, Promise.resolve([]));
  Object.assign(source, { checks: [{ ...machine, id: "recording", isSlow: true, run }] });
  const get = async (path: string) => await (await ask(`/api/sources/1/${path}`, { headers: bearer })).json();
  const { lists } = await get("checks");
  assert.deepEqual(lists.map(({ id, isSlow }: CheckList) => [id, isSlow]), [["machine", false], ["recording", true]]);
  assert.equal(runs, 0);
  assert.deepEqual((await get("checks/machine")).checks, machine.run());
  assert.deepEqual(await get("checks/recording"), { checks: [] });
  assert.equal(runs, 1);
  assert.equal((await get("checks/nothing")).error.code, "NOT_FOUND");
});

Deno.test("a check that takes long is done once for all who wait for it", async () => {
  const { ask, bearer, source } = openFixture();
  const found = Promise.withResolvers<[]>();
  let runs = 0;
  Object.assign(source, { checks: [{ ...machine, isSlow: true, run: () => (runs++, found.promise) }] });
  const get = async () => await (await ask("/api/sources/1/checks/machine", { headers: bearer })).json();
  const both = [get(), get()];
  found.resolve([]);
  assert.deepEqual(await Promise.all(both), [{ checks: [] }, { checks: [] }]);
  assert.equal(runs, 1);
  await get();
  assert.equal(runs, 2, "who asks later wants to know anew");
});
