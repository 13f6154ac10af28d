import assert from "node:assert/strict";
import { isTinmanError } from "../../errors/mod.ts";
import { startBroker } from "../_client_test.ts";
import type { Intervention, SeenRequest } from "./intercept.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { apiVersionsApi } from "../protocol/18_api_versions.ts";

Deno.test("intercept sees each request, and serves it as usual when it says nothing", async () => {
  const seen: string[] = [];
  await using server = await startBroker({
    intercept: ({ name, version, client, request }) =>
      void seen.push(`${client} ${name} ${version} ${"topics" in request}`),
  });
  await using client = server.client("me");
  await client.ask(apiVersionsApi, 3, {});
  await client.ask(metadataApi, 9, { topics: null });
  assert.deepEqual(seen, ["me ApiVersions 3 false", "me Metadata 9 true"]);
});

Deno.test("intercept answers in place of the broker, changes its answer, and leaves requests without one", async () => {
  let decide: (request: SeenRequest) => Intervention | Promise<Intervention> = () => {};
  await using server = await startBroker({ intercept: (request) => decide(request) });
  await using client = server.client();
  decide = () => ({ answer: { clusterId: "made up", brokers: [], topics: [] } });
  assert.equal((await client.ask(metadataApi, 9, { topics: null })).clusterId, "made up");
  decide = async ({ serve }) => ({ answer: { ...await serve(), clusterId: "changed" } });
  const changed = await client.ask(metadataApi, 9, { topics: null });
  assert.deepEqual([changed.clusterId, changed.brokers.length], ["changed", 1]);
  decide = async ({ serve }) => void await serve();
  assert.equal((await client.ask(metadataApi, 9, { topics: null })).brokers.length, 1);
  decide = ({ version }) => version === 8 ? "ignore" : undefined;
  await client.send(metadataApi, 8, { topics: null });
  const next = await client.send(apiVersionsApi, 0, {});
  assert.equal((await next()).errorCode, 0);
});

Deno.test("intercept delays a request for as long as it likes, and drops the connection of another", async () => {
  const opened = Promise.withResolvers<void>();
  await using server = await startBroker({
    intercept: async ({ client }) => {
      if (client === "slow") await opened.promise;
      return client === "dropped" ? "drop" : undefined;
    },
  });
  await using slow = server.client("slow");
  await using dropped = server.client("dropped");
  await using other = server.client("other");
  const waiting = slow.ask(apiVersionsApi, 0, {});
  await assert.rejects(dropped.ask(apiVersionsApi, 0, {}));
  await other.ask(apiVersionsApi, 0, {});
  opened.resolve();
  assert.equal((await waiting).errorCode, 0);
});

Deno.test("intercept that throws ends the connection of that client, and the broker says so", async () => {
  await using server = await startBroker({
    intercept: ({ client }) => {
      if (client === "bad") throw new TypeError("a mistake in a test");
    },
  });
  await using bad = server.client("bad");
  await assert.rejects(bad.ask(apiVersionsApi, 0, {}));
  const last = server.events.at(-1)!;
  assert.ok(last.kind === "error" && last.error instanceof TypeError && !isTinmanError(last.error));
  await using good = server.client("good");
  await good.ask(apiVersionsApi, 0, {});
});
