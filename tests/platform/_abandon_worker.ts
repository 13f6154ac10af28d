// Leaves a thread behind that does not end, and comes to its own end.
import { openWorker } from "../../src/platform/mod.ts";

const [kind = ""] = Deno.args;
const up = Promise.withResolvers<unknown>();
const worker = openWorker(new URL("./_echo_worker.ts", import.meta.url), { [kind]: new SharedArrayBuffer(8) }, {
  message: up.resolve,
  ended() {},
});
await up.promise;
worker.abandon();
console.log("abandoned");
