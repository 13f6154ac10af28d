import assert from "node:assert/strict";
import { createLinkPair, type Link } from "../link/mod.ts";
import type { MeshIo } from "./mesh_io.ts";
import { gossipVia, type GossipViaOptions } from "./mesh_original.ts";

Deno.test("gossipVia() has 64 who came at once, and turns away the next until one has left", async () => {
  const ends: (() => void)[] = [];
  const bridge = { gossip: () => new Promise<void>((resolve) => ends.push(resolve)) };
  const come = Array.from({ length: 101 }, () => createLinkPair());
  const links = (async function* (): AsyncGenerator<Link> {
    for (const [i, { a }] of come.entries()) {
      if (i === 100) {
        ends[0]!();
        // What follows the end of one: its place is free a few turns later.
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      }
      yield a;
    }
    for (const end of ends) end();
  })();
  const listener = { address: "tcp://127.0.0.1:1", port: 1, links, close: () => {} };
  const options = {
    ...{ bridge, signal: new AbortController().signal, waiting: () => {} },
    mesh: { listen: () => Promise.resolve(listener) } as unknown as MeshIo,
    problem: (error: unknown) => assert.fail(error as Error),
  };
  await gossipVia("listen:127.0.0.1:1", options as unknown as GossipViaOptions);
  assert.equal(ends.length, 65);
});
