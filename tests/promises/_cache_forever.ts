/*
 * Runs a pipeline with a cache in a file again and again, until it is killed. Says each number that its processor has dealt
 * with when the next handler begins, so that what it emitted is in the archive: `kept 17`.
 */
import { createRandom, fileArchives } from "tinman";
import { createEventPipeline } from "tinman/reactive";
import { Ask, cached, MAX_BYTES } from "./_cached.ts";

const [path, seed] = Deno.args as [string, string];
const random = createRandom(seed);
const encoder = new TextEncoder();
const say = (text: string) => Deno.stdout.writeSync(encoder.encode(`${text}\n`));

say("ready");
Deno.stdin.readSync(new Uint8Array(1));
for (;;) {
  let last: number | undefined;
  const processor = cached((n) => {
    if (last !== undefined) say(`kept ${last}`);
    last = n;
  });
  const pipeline = createEventPipeline([processor], { archives: fileArchives(path, { maxBytes: MAX_BYTES }) });
  for (let i = random.int(200); i >= 0; i--) pipeline.submit(Ask({ n: random.int(2000) }));
  await pipeline.run();
}
