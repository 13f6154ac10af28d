import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/mod.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

Deno.test("names that no topic or group can have, and settings of brokers that make no sense, are errors of the command line", async () => {
  const lines = [
    ...["produce", "consume", "tail", "create", "delete", "describe"].map((command) => [command, "bad name"]),
    ...[["reset-offsets", "g", "bad name"], ["reset-offsets", "", "t"], ["lag", ""], ["produce", "t".repeat(250)]],
    ...[["configure", "t"], ["configure", "t", "--set", "x"], ["start", "--group-session", "0"]],
    ...[["start", "--max-transaction", "0.5"], ["start", "--sync", "x"], ["start", "--listen", "a b"]],
  ];
  for (const line of lines) {
    const io = createMemoryIo({ environment: createTestEnvironment() });
    const exit = await main(["broker", ...line], io);
    assert.deepEqual([exit, /^error\[E1001\]/.test(io.noted())], [2, true], `${line.join(" ")}: ${io.noted()}`);
  }
});
