/*
 * "A killed process leaves a usable archive": what was kept is there or had to go for others, all that is there is whole,
 * and the next process goes on with the same file.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createRandom, fileArchives } from "tinman";
import { createEventPipeline, on } from "tinman/reactive";
import { Answer, answerTo, Ask, cached, MAX_BYTES } from "./_cached.ts";
import { startChild } from "./_child.ts";
import { temporaryFolder } from "./_folder.ts";
import { scale, seed } from "./_scale.ts";

const kills = 6 * scale;

Deno.test(`A process that keeps what it emits is killed ${kills} times, and its archive is usable (seed ${seed})`, async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/cache.db`;
  const random = createRandom(`${seed}`);
  const start = (n: number) => startChild("_cache_forever.ts", { args: [path, `${seed}/${n}`] });
  let kept = 0;
  let next = start(0);
  for (let n = 0; n < kills; n++) {
    await using child = next;
    await child.waitFor("ready");
    // The next process starts while this one works.
    if (n + 1 < kills) next = start(n + 1);
    await child.send("\n");
    const said: string[] = [];
    for (let i = random.int(600); i >= 0; i--) said.push((await child.nextLine())!);
    // Not to wait for anything: this is the random moment.
    await new Promise((resolve) => setTimeout(resolve, random.next() * 4));
    child.kill("SIGKILL");
    said.push(...await child.rest());
    await child.status;
    kept += said.length;
    await check(path, said.map((line) => Number(line.split(" ")[1])));
  }
  assert.ok(kept > kills * 20, `${kept} were kept`);
});

async function check(path: string, said: readonly number[]): Promise<void> {
  const database = new DatabaseSync(path);
  assert.deepEqual(Object.values(database.prepare("PRAGMA integrity_check").get()!), ["ok"]);
  database.close();

  const archives = fileArchives(path, { maxBytes: MAX_BYTES });
  const entries = archives.entries();
  const { entries: count, bytes, evictions } = archives.statistics();
  assert.deepEqual([count, bytes], [entries.length, entries.reduce((sum, each) => sum + each.bytes, 0)]);
  assert.ok(bytes <= MAX_BYTES);
  archives.close();

  // Of what was said to be kept, the last ones have not had to go yet: they are answered without a call.
  const last = said.slice(-Math.floor(MAX_BYTES / 2 / 2512));
  const { called, answers } = await ask(path, last);
  assert.deepEqual(called, [], `${evictions} had to go`);
  assert.deepEqual(answers, last.map(answerTo));
  // And it goes on with what is new.
  const again = await ask(path, [5000, 5000]);
  assert.deepEqual(again.answers, [answerTo(5000), answerTo(5000)]);
  assert.ok(again.called.length <= 1);
}

async function ask(path: string, numbers: readonly number[]) {
  const called: number[] = [];
  const answers: unknown[] = [];
  const sink = {
    name: "sink",
    handlers: [on(Answer, ({ n, bytes }) => answers.push({ n, bytes: new Uint8Array(bytes) }))],
  };
  const archives = fileArchives(path, { maxBytes: MAX_BYTES });
  const pipeline = createEventPipeline([cached((n) => called.push(n)), sink], { archives });
  for (const n of numbers) pipeline.submit(Ask({ n }));
  await pipeline.run();
  return { called, answers };
}
