/** A graph at full load until Ctrl-C, for responsive.ts. Says `busy`, then `draining` when its sources end, then `drained`. */
import { node, run } from "tinman";
import { createChain } from "./responsive.ts";

setTimeout(() => console.log("busy"), 200);
const ear = node({ name: "ear" }, async ({ signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  console.log("draining");
});
const { stopped } = await run([...createChain({ stages: 3 }), ear]);
console.log(stopped === "signal" ? "drained" : stopped);
