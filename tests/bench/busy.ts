/** A graph at full load until Ctrl-C, for responsive.ts. Says `busy` when it runs and `drained` when it ended in order. */
import { run } from "tinman";
import { createChain } from "./responsive.ts";

setTimeout(() => console.log("busy"), 200);
const { stopped } = await run(createChain({ stages: 3 }));
console.log(stopped === "signal" ? "drained" : stopped);
