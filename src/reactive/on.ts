import type { Event, EventKind } from "./event.ts";
import type { EventOf, EventPattern, ReadsOf } from "./pattern.ts";
import { checkPattern } from "./pattern_check.ts";
import type { EventContext, Handler } from "./processor.ts";

/**
 * What is done with an event: it gets what the pattern binds, or all attributes where that is nothing. A promise is waited
 * for; what else is returned does not count.
 */
export type HandleEvent<R, A extends object = object> = (
  bound: R,
  context: EventContext,
  event: Event<A>,
) => unknown;

/**
 * A handler of a processor: what is done with the events that match a pattern.
 *
 * @example
 * ```ts
 * import { bind, createEventPipeline, defineEvent, on, where } from "tinman/reactive";
 *
 * const Start = defineEvent<{ who: string }>("start");
 * const Greet = defineEvent<{ who: string }>("greet");
 * const pipeline = createEventPipeline([{
 *   name: "greeter",
 *   handlers: [
 *     on(Start, ({ who }, context) => void context.submit(Greet({ who }))),
 *     on(where(Greet, { who: bind("name") }), ({ name }) => console.log(`Hello, ${name}!`)),
 *   ],
 * }]);
 * pipeline.submit(Start({ who: "world" }));
 * await pipeline.run(); // Hello, world!
 * ```
 * @throws {TypeError} For a pattern that is none.
 */
export function on<A extends object>(kind: EventKind<A>, handle: HandleEvent<A, A>): Handler;
/** A handler of a processor: what is done with the events that match a pattern. */
export function on<const P extends EventPattern>(pattern: P, handle: HandleEvent<ReadsOf<P>, EventOf<P>>): Handler;
export function on(pattern: EventPattern, handle: HandleEvent<never, never>): Handler {
  checkPattern(pattern);
  if (typeof handle !== "function") throw new TypeError("Cannot make a handler: expected a function after the pattern");
  return { pattern, handle: handle as Handler["handle"] };
}
