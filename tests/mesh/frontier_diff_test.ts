// Goal: `mesh frontier --diff PEER` of issue 7 with a peer that is live. Method: the command line as users have it, over TCP.
import assert from "node:assert/strict";
import { createMachines, until } from "./processes.ts";

Deno.test("P10 mesh frontier --diff asks a running peer who lacks what, and no event goes", async () => {
  using machines = createMachines();
  const { ok, run, start } = machines;
  await ok("init", "survey", "-D", "base", "--as", "Base");
  const invitation = await ok("invite", "-D", "base");
  await ok("create", "R-0", "site", "-D", "base");
  await ok("join", invitation, "-D", "ana", "--as", "Ana");
  const base = await start("base");
  await ok("sync", "--via", base.address, "-D", "ana");
  const diff = async () => {
    const { code, stdout } = await run("frontier", "--diff", base.address, "--json", "-D", "ana");
    const { by, feeds, unknownEvents } = JSON.parse(stdout);
    return {
      ...{ code, by, unknownEvents },
      feeds: feeds.map((each: Record<string, unknown>) => [each.by, each.toSend, each.toGet]).toSorted(),
    };
  };
  assert.deepEqual(await diff(), { code: 0, by: "Base", unknownEvents: 0, feeds: [] });
  await ok("create", "R-1", "site", "status=OPEN", "-D", "base");
  await ok("create", "R-2", "site", "-D", "ana");
  const before = await Promise.all(["base", "ana"].map((data) => ok("frontier", "-m", "-D", data)));
  const apart = { code: 6, by: "Base", unknownEvents: 0, feeds: [["Ana", 1, 0], ["Base", 0, 2]] };
  assert.deepEqual(await diff(), apart);
  assert.deepEqual(await Promise.all(["base", "ana"].map((data) => ok("frontier", "-m", "-D", data))), before);
  assert.equal(await base.kill(), 143);
  const { code, stderr } = await run("frontier", "--diff", base.address, "-D", "ana");
  assert.deepEqual([code, /Cannot connect to 127\.0\.0\.1:\d+: nobody answers there/.test(stderr)], [7, true], stderr);
});

Deno.test("P4 sync and frontier --diff with a peer that is in touch go over the contact that there is", async () => {
  using machines = createMachines();
  const { ok, start } = machines;
  await ok("init", "survey", "-D", "base", "--as", "Base");
  const invitation = await ok("invite", "-D", "base");
  await ok("join", invitation, "-D", "ana", "--as", "Ana");
  const keys = await Promise.all(
    ["base", "ana"].map(async (data) => ({ data, key: JSON.parse(await ok("id", "--json", "-D", data)).device })),
  );
  // What the smaller key has opened stays, so that the way from the larger to it has to give way.
  const [smaller, larger] = keys.toSorted((a, b) => a.key < b.key ? -1 : 1).map(({ data }) => data) as [string, string];
  const there = await start(larger);
  const opener = await start(smaller, "--via", there.address);
  await until(() => ok("status", "-m", "-D", "ana"), (text) => /^role\twriter$/m.test(text));
  await ok("sync", "--via", opener.address, "-D", larger);
  await ok("frontier", "--diff", opener.address, "-D", larger);
  await ok("sync", "--via", there.address, "-D", smaller);
  await ok("frontier", "--diff", there.address, "-D", smaller);
  assert.deepEqual([await there.kill(), await opener.kill()], [143, 143]);
});
