import { caching, type CachingProcessor, defineEvent, on } from "tinman/reactive";

export const Ask = defineEvent<{ n: number }>("ask");
export const Answer = defineEvent<{ n: number; bytes: Uint8Array }>("answer");

/** Less than the answers to all numbers: some always have to go. */
export const MAX_BYTES = 2_000_000;

/** What is answered to a number. */
export function answerTo(n: number): { n: number; bytes: Uint8Array } {
  return { n, bytes: new Uint8Array(n).fill(n) };
}

/** Answers, and says which number it was called for. */
export function cached(called: (n: number) => void): CachingProcessor {
  const handler = on(Ask, ({ n }, context) => {
    called(n);
    context.submit(Answer(answerTo(n)));
  });
  return caching({ name: "answers", handlers: [handler] }, { version: "1" });
}
