import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { Answer, Ask, doubling, run } from "./_cached.ts";
import { createMemoryArchives } from "./archives.ts";
import { builder } from "./builder.ts";
import { caching } from "./caching.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { on } from "./on.ts";
import type { Handler, Processor } from "./processor.ts";

/** A handler made of text, as an edited file would have it. */
function written(source: string): Handler {
  return on(Ask, new Function("Answer", `return ${source}`)(Answer));
}

Deno.test("two instances of one class never share what they keep", async () => {
  class Scale implements Processor {
    readonly handlers = [
      on(Ask, ({ n }, context) => void context.submit(Answer({ n: n * this.factor }))),
    ];
    constructor(readonly name: string, readonly factor: number) {}
  }
  const archives = createMemoryArchives();
  const [one, two] = [new Scale("one", 1), new Scale("two", 2)];
  assert.deepEqual((await run([caching(one), caching(two)], [Ask({ n: 1 })], archives)).answers, [1, 2]);
  // Nor do two of one name, in different pipelines with the same archives.
  const three = caching(new Scale("one", 3));
  assert.deepEqual((await run([three], [Ask({ n: 1 })], archives)).answers, [3]);
  assert.deepEqual(three.cacheReport().reasons, { "code changed": 1 });
});

Deno.test("two processors of one name in a pipeline are refused, so that none reads what another has kept", () => {
  assert.throws(
    () => createEventPipeline([doubling("same"), doubling("same")]),
    (error) => isTinmanError(error, "CONFIG") && /two processors named "same"/.test(error.message),
  );
});

Deno.test("an edit of the code has handlers called again; spaces and comments have not", async () => {
  const archives = createMemoryArchives();
  const answer = async (source: string) => {
    const processor = caching({ name: "edited", handlers: [written(source)] });
    const { answers } = await run([processor], [Ask({ n: 10 })], archives);
    return [answers[0], ...Object.keys(processor.cacheReport().reasons)];
  };
  assert.deepEqual(await answer("({ n }, context) => void context.submit(Answer({ n: n + 1 }))"), [11, "no entry"]);
  assert.deepEqual(
    await answer("({n}, context) =>\n  // one more\n  void context.submit(Answer({ n: n + 1 }))"),
    [11, "archive"],
  );
  assert.deepEqual(await answer("({ n }, context) => void context.submit(Answer({ n: n + 2 }))"), [12, "code changed"]);
  assert.deepEqual(await answer("({ n }, context) => void context.submit(Answer({ n: n + 2 }))"), [12, "archive"]);
});

Deno.test("what handlers use from around them counts as code when it is named", async () => {
  const archives = createMemoryArchives();
  const answer = async (factor: number) => {
    const handler = on(Ask, ({ n }, context) => void context.submit(Answer({ n: n * factor })));
    return (await run([caching({ name: "a", handlers: [handler] }, { uses: [factor] })], [Ask({ n: 1 })], archives))
      .answers;
  };
  assert.deepEqual([await answer(2), await answer(3)], [[2], [3]]);
});

Deno.test("a version is in place of the source: the same one keeps, another one does not", async () => {
  const archives = createMemoryArchives();
  const answer = async (source: string, version: string) => {
    const processor = caching({ name: "a", handlers: [written(source)] }, { version });
    return (await run([processor], [Ask({ n: 1 })], archives)).answers;
  };
  assert.deepEqual(await answer("({ n }, context) => void context.submit(Answer({ n }))", "1"), [1]);
  assert.deepEqual(await answer("({ n }, context) => void context.submit(Answer({ n: 5 }))", "1"), [1]);
  assert.deepEqual(await answer("({ n }, context) => void context.submit(Answer({ n: 5 }))", "2"), [5]);
});

Deno.test("caching() refuses a builder, and a function that hides its source", () => {
  const words = builder({ provides: "words", build: () => ["a"] });
  assert.throws(() => caching(words), /a builder keeps what it builds with `persist: true`/);
  const bound = on(Ask, function () {}.bind(null));
  assert.throws(() => caching({ name: "bound", handlers: [bound] }), /Cannot tell the version/);
  assert.equal(caching({ name: "bound", handlers: [bound] }, { version: "1" }).name, "bound");
});
