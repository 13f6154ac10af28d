import type { InEnd } from "../channel/mod.ts";
import type { Event } from "./event.ts";

/** An input of a node, and the event that becomes of each of its messages; undefined leaves one out. */
export interface NodeInput {
  readonly input: InEnd<unknown>;
  readonly toEvent: (message: never) => Event<object> | undefined;
}

/** What happens between the events of {@linkcode mergeInputs}. */
export interface NodeInputsOptions {
  /** Called when all that came is dealt with; nothing is taken before what it returns has resolved. */
  readonly onIdle?: () => Promise<void> | undefined;
  /** Called when an event comes, and at the end, while nothing else can come. */
  readonly onEvent?: () => void;
}

/**
 * The messages of all inputs as one stream of events, in the order in which the node gets them. A message is taken when
 * the event before it is dealt with, and no sooner: what is not asked for waits in its channel, where it holds up whoever
 * publishes. It is also what makes a replay exact: at no time are two things under way, whose order might be another.
 *
 * It asks for the first messages at once: a node that gets all channels may have those alone that it asks for when it
 * starts.
 */
export function mergeInputs(
  inputs: readonly NodeInput[],
  { onIdle, onEvent }: NodeInputsOptions = {},
): AsyncGenerator<Event<object>, void, void> {
  const arrived: { readonly event: Event<object>; readonly done: () => void }[] = [];
  let open = inputs.length;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const read = async ({ input, toEvent }: NodeInput) => {
    try {
      for await (const message of input) {
        const event = toEvent(message as never);
        if (event === undefined) continue;
        // The node gets nothing else until this resolves, unless it waits for the time.
        await new Promise<void>((done) => {
          arrived.push({ event, done });
          wake();
        });
      }
    } catch (error) {
      failure ??= { error };
    }
    open--;
    wake();
  };
  for (const input of inputs) void read(input);
  return give();

  async function* give(): AsyncGenerator<Event<object>, void, void> {
    const nothing = () => {};
    let done = nothing;
    try {
      for (;;) {
        const rest = onIdle?.();
        if (rest !== undefined) await rest;
        if (arrived.length === 0) done();
        while (arrived.length === 0 && open > 0 && failure === undefined) {
          await new Promise<void>((resolve) => wake = resolve);
        }
        const next = arrived.shift();
        if (next === undefined && failure !== undefined) throw failure.error;
        onEvent?.();
        done();
        done = next?.done ?? nothing;
        if (next === undefined) return;
        yield next.event;
      }
    } finally {
      done();
      for (const { input } of inputs) input.close();
      for (const each of arrived) each.done();
    }
  }
}
