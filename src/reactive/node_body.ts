import { DONE, type InEnd, type OutEnd } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Random } from "../random/mod.ts";
import { codeVersion } from "./code_version.ts";
import { defineEvent, type Event } from "./event.ts";
import { EventClock } from "./event_clock.ts";
import { createEventPipeline, type EventPipelineOptions } from "./event_pipeline.ts";
import { EVENT_SERVICES, type EventServices } from "./event_services.ts";
import { mergeInputs, type NodeInput } from "./node_inputs.ts";
import { NodeOutbox } from "./node_outbox.ts";
import { NodeWork } from "./node_work.ts";
import { describeProcessors, type ProcessorPart } from "./parts.ts";
import type { EventPattern, ReadsOf } from "./pattern.ts";
import type { Processor } from "./processor.ts";

/** What a pipeline of events needs of the node that it is the body of. Every node has it. */
export interface EventNodeContext {
  /** The node's time, which is the pipeline's. */
  readonly clock: Clock;
  /** The node's chance, from which the pipeline's is drawn. */
  readonly random: Random;
  /** Aborts when the node has to stop. */
  readonly signal: AbortSignal;
  /** The node's name. */
  readonly name: string;
  /** Told what is odd about the patterns. */
  readonly log?: { warn(message: string): void };
  /** Has a replay wait for work. */
  readonly hold?: <T>(work: Promise<T>) => Promise<T>;
}

/** Which messages are which events. */
export interface EventNodeOptions extends Omit<EventPipelineOptions, "clock" | "seed"> {
  /**
   * What becomes of a message of an input, by the name under which the node sees it; undefined leaves the message out.
   * @default {an event named after the input, with the message as `value`}
   */
  readonly takes?: Readonly<Record<string, (message: never) => Event<object> | undefined>>;
  /**
   * What is published to an output, by the name under which the node sees it; see {@linkcode gives}.
   * @default {`value` of events named after the output, or all that they carry}
   */
  readonly gives?: Readonly<Record<string, Gift>>;
  /** Events that it begins with, before its first message. @default {[]} */
  readonly events?: readonly Event<object>[];
}

/** Events that are published, and what of them. Made by {@linkcode gives}. */
export interface Gift {
  /** Which events. */
  readonly pattern: EventPattern;
  /** What is published for one; undefined publishes nothing. */
  readonly toMessage: (bound: never) => unknown;
}

/** Under this key a node's function says what it is made of; see `NodePart` in the runtime. */
const PARTS = Symbol.for("tinman.parts");
/** Under this key a node gets what whoever started the run has for it. */
const SERVICES = Symbol.for("tinman.services");

/**
 * A pipeline of events as the body of a node: each message becomes an event, and events become messages.
 *
 * - A message is taken when all that the one before it led to has been done. So the node does the same in a replay, and
 *   who publishes to it waits when it is slow; it waits in turn when its outputs are full.
 * - When its inputs have ended, phases follow until nothing new comes of them, and then `__POISON__`.
 * - Time is the node's, and stands still while handlers work: it is when the last message came, or the last sleep ended.
 *   A handler that sleeps does so, and holds up what comes after it. Chance is the node's too. In a replay all of it is
 *   as it was; only where one handler sleeps while another waits for something outside, the time may not be.
 * - `processors` as a function is called for each run, so that no run finds what an earlier one left.
 *
 * @example
 * ```ts
 * import { channel, node } from "tinman";
 * import { defineEvent, eventNode, on } from "tinman/reactive";
 *
 * const [celsius, alarms] = [channel<number>("celsius"), channel<string>("alarms")];
 * const Celsius = defineEvent<{ value: number }>("celsius");
 * const Alarm = defineEvent<{ value: string }>("alarms");
 * const watch = {
 *   name: "watch",
 *   handlers: [on(Celsius, ({ value }, context) => {
 *     if (value > 90) context.submit(Alarm({ value: `${value} °C` }));
 *   })],
 * };
 * const guard = node({ in: { celsius }, out: { alarms }, name: "guard" }, eventNode([watch]));
 * ```
 */
export function eventNode(
  processors: readonly Processor[] | (() => readonly Processor[]),
  options: EventNodeOptions = {},
): (ports: EventNodeContext) => Promise<void> {
  const { takes = {}, gives = {}, events = [], ...rest } = options;
  const create = () => typeof processors === "function" ? processors() : processors;
  const run = async (ports: EventNodeContext) => {
    const { random, signal } = ports;
    const services = servicesOf(ports);
    const work = new NodeWork(ports.hold);
    const clock = new EventClock(ports.clock, { signal, work });
    const outbox = new NodeOutbox(clock, work);
    const inputs: NodeInput[] = [];
    const publishers: Processor[] = [];
    for (const [name, port] of Object.entries(ports).flatMap(spread)) {
      if (isInput(port)) inputs.push({ input: port, toEvent: takes[name] ?? defaultEvent(name) });
      else if (isOutput(port)) {
        publishers.push(createPublisher(name, port, { ...gives[name] ?? defaultGift(name), outbox }));
      }
    }
    const pipeline = createEventPipeline([...create(), ...publishers], {
      ...rest,
      archives: rest.archives ?? services.archivesOf?.(ports.name),
      clock,
      seed: random.bytes(16).toHex(),
    });
    for (const { message } of pipeline.problems) ports.log?.warn(message);
    for (const event of events) pipeline.submit(event);
    try {
      work.begin();
      const source = mergeInputs(inputs, {
        onIdle() {
          work.end();
          const flushed = outbox.flush();
          return flushed === DONE ? undefined : flushed;
        },
        onEvent() {
          clock.look();
          work.begin();
        },
      });
      const report = await pipeline.run({ signal, source });
      await outbox.flush();
      services.ran?.({ node: ports.name, processors: pipeline.processors, report });
    } catch (error) {
      // What the run refused its handlers when it stopped is not their fault.
      throw isTinmanError(error) && isTinmanError(error.cause, "STOPPED") ? error.cause : error;
    } finally {
      work.end();
    }
  };
  return Object.assign(run, {
    [PARTS]: (): ProcessorPart[] => describeProcessors(create()),
    // A recording tells by the text of a node's code whether it is today's.
    toString: () => codeOf(processors, { takes, gives }),
  });
}

/**
 * What a node publishes of events that match a pattern: for the option `gives` of {@linkcode eventNode}. `toMessage` gets
 * what a handler would get; where it returns undefined, nothing is published.
 */
export function gives<const P extends EventPattern>(pattern: P, toMessage: (bound: ReadsOf<P>) => unknown): Gift {
  return { pattern, toMessage };
}

function createPublisher(
  name: string,
  output: OutEnd<unknown>,
  { pattern, toMessage, outbox }: Gift & { readonly outbox: NodeOutbox },
): Processor {
  const publish = (bound: never) => {
    const message = toMessage(bound);
    return message === undefined ? undefined : outbox.push(output, message);
  };
  return { name: `to ${name}`, handlers: [{ pattern, handle: publish }] };
}

function defaultEvent(name: string): (message: never) => Event<object> {
  const kind = defineEvent<{ value: unknown }>(name);
  return (value) => kind({ value });
}

function defaultGift(name: string): Gift {
  return {
    pattern: defineEvent(name),
    toMessage: (data: object) => "value" in data ? data.value : data,
  };
}

/** What whoever started the run has for pipelines of events. */
function servicesOf(ports: EventNodeContext): EventServices {
  const services = (ports as { readonly [SERVICES]?: Readonly<Record<string, unknown>> })[SERVICES];
  return services?.[EVENT_SERVICES] ?? {};
}

function codeOf(processors: unknown, options: object): string {
  const list: readonly Processor[] = typeof processors === "function" ? processors() : processors;
  // A builder has its functions where nobody sees them, and says which they are.
  const builders = list.map((each) => (each as { code?: () => unknown }).code?.());
  try {
    return codeVersion(processors, list, builders, options);
  } catch {
    // A bound function does not show its source; then it is the same from one run to the next.
    return String(processors);
  }
}

/** All channels at once come as a map. */
function spread(port: [string, unknown]): [string, unknown][] {
  return port[1] instanceof Map ? [...port[1]] : [port];
}

function isInput(port: unknown): port is InEnd<unknown> {
  return typeof (port as Partial<InEnd<unknown>> | null)?.tryNext === "function";
}

function isOutput(port: unknown): port is OutEnd<unknown> {
  return typeof (port as Partial<OutEnd<unknown>> | null)?.tryPublish === "function";
}
