/**
 * A busy core until Ctrl-C, for responsive.ts. Says `busy`, then `draining` when it begins to end, then `drained`. With
 * `queue` as argument two bare loops keep the core busy instead of a graph: they never let the event loop turn.
 */
import { node, run } from "tinman";
import { createChain, saturateQueue } from "./responsive.ts";

if (Deno.args[0] === "queue") await runQueue();
else await runGraph();

async function runGraph(): Promise<void> {
  setTimeout(() => console.log("busy"), 200);
  const ear = node({ name: "ear" }, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    console.log("draining");
  });
  const { stopped } = await run([...createChain({ stages: 3 }), ear]);
  console.log(stopped === "signal" ? "drained" : stopped);
}

async function runQueue(): Promise<void> {
  let heard = false;
  Deno.addSignalListener("SIGINT", () => heard = true);
  console.log("busy");
  await saturateQueue(1000, () => heard);
  console.log("draining\ndrained");
  Deno.exit();
}
