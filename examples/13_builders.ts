// Builders say what they provide and what they require. What they keep is built again when its input or its code changed,
// and no sooner.
import { builder, Built, createEventPipeline, createMemoryArchives, on, Resolve, where } from "tinman/reactive";

// fileArchives("cache.db") of "tinman" keeps it on disk.
const archives = createMemoryArchives();

async function build(texts: readonly string[]) {
  const text = builder({ provides: "text", build: () => texts });
  const words = builder({
    provides: "words",
    requires: ["text"],
    persist: true,
    build: (_, text: string) => [text.split(" ")],
  });
  const count = builder({
    provides: "count",
    requires: ["words"],
    persist: true,
    build: (_, words: readonly string[]) => [words.length],
  });
  const print = on(where(Built, { target: "count" }), ({ artifact }) => console.log(`  ${artifact} words`));

  const pipeline = createEventPipeline([text, words, count, { name: "print", handlers: [print] }], { archives });
  pipeline.submit(Resolve({ target: "count" }));
  await pipeline.run();
  for (const each of [words, count]) {
    const { provides, built, archive } = each.report();
    console.log(`  ${provides}: built ${built}, from the archive ${archive}`);
  }
}

console.log("first:");
await build(["the quick brown fox", "jumps"]);
console.log("one text has changed:");
await build(["the quick brown fox", "jumps over"]);

// prints:
// first:
//   4 words
//   1 words
//   words: built 2, from the archive 0
//   count: built 2, from the archive 0
// one text has changed:
//   4 words
//   2 words
//   words: built 1, from the archive 1
//   count: built 1, from the archive 1
