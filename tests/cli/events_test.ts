// Goal: Ctrl-C ends a pipeline of events as it ends a graph: what waits is given up, the last phase runs, exit 130.
// Method: processes, once with handlers that sleep and once with some that never wait for anything.
import assert from "node:assert/strict";
import { readUntil, spawn, temporaryFolder } from "./processes.ts";

const code = (handler: string) => `
import { createEventPipeline, defineEvent, on, Poison } from "tinman/reactive";

const Tick = defineEvent("tick");
let ticks = 0;
const pipeline = createEventPipeline([{
  name: "endless",
  handlers: [
    on(Tick, ${handler}),
    on(Poison, () => console.log("the last phase")),
  ],
}]);
pipeline.submit(Tick());
export default pipeline;
`;
const handlers = {
  sleeping: `async (_, context) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (++ticks === 3) console.error("at work");
    context.submit(Tick());
  }`,
  busy: `(_, context) => {
    if (++ticks === 1000) console.error("at work");
    context.submit(Tick());
  }`,
};

for (const [name, handler] of Object.entries(handlers)) {
  Deno.test(`Ctrl-C runs the last phase of a pipeline whose handlers are ${name}`, async () => {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/endless.ts`, code(handler));
    const child = spawn(["run", "endless.ts"], { cwd: folder.path });
    await readUntil(child.stderr, "at work");
    const startMs = performance.now();
    child.kill("SIGINT");
    const said = await new Response(child.stdout).text();
    assert.equal((await child.status).code, 130);
    assert.equal(said, "the last phase\n");
    assert.ok(performance.now() - startMs < 3000, "at once, not when the time of grace is over");
  });
}
