import { testLink } from "../testing/link_suite.ts";
import { createLinkPair } from "./memory.ts";

for (const kind of ["stream", "datagrams"] as const) {
  testLink({
    name: `memory ${kind}`,
    test: Deno.test,
    open: () => createLinkPair({ kind, maxBytes: 1000, bufferBytes: 4000 }),
    heldAfterBytes: 4000,
    breaks: true,
  });
}
