import assert from "node:assert/strict";
import { isTinmanError, openBroker, openQueue } from "tinman";
import { testQueue } from "tinman/testing";

testQueue({ name: "openBroker()", test: Deno.test, open: async () => await openBroker({ port: 0 }) });

Deno.test("the same program runs on a queue in memory and on a broker, by changing the address", async () => {
  await using broker = await openBroker({ port: 0 });
  for (const url of ["memory://test", broker.url]) {
    await using queue = await openQueue(url);
    const key = new TextEncoder().encode("k");
    await queue.produceBatch("t", Array.from({ length: 100 }, (_, i) => ({ key, value: Uint8Array.of(i) })));
    const records = await queue.fetch("t", { offset: 90 });
    assert.deepEqual(
      records.map(({ offset, value }) => [offset, value![0]]),
      Array.from({ length: 10 }, (_, i) => [90 + i, 90 + i]),
    );
  }
});

Deno.test("openQueue() says what is wrong with an address, and that nobody answers", async () => {
  for (const url of ["kafka://", "http://localhost:1", "kafka://a:99999", "memory://"]) {
    await assert.rejects(openQueue(url), (error) => isTinmanError(error, "CONFIG"), url);
  }
  const broker = await openBroker({ port: 0 });
  const { url } = broker;
  await broker.stop();
  await assert.rejects(openQueue(url), (error) => isTinmanError(error, "UNAVAILABLE"));
});

Deno.test("openBroker() on a port that is taken says so", async () => {
  await using broker = await openBroker({ port: 0 });
  const port = Number(broker.bootstrap.split(":").at(-1));
  await assert.rejects(
    openBroker({ port }),
    (error) => isTinmanError(error, "UNAVAILABLE") && /another program/.test(error.message),
  );
});
