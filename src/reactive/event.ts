/** What an event carries: values by name. They are not changed after the event was made. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Something that happened: which kind, and what is known of it. */
export interface Event<A extends object = Attributes> {
  /** What it is, which decides who hears of it. */
  readonly kind: KindOfEvent;
  /** What is known of it. Whoever gets it leaves it as it is; with `strict`, who does not fails. */
  readonly data: A;
}

/** What a kind of events says of itself, whatever its events carry. */
export interface KindOfEvent {
  /** Its name. */
  readonly kindName: string;
  /** What it refines. */
  readonly parent: KindOfEvent | undefined;
  /** Its name and those of all that it refines, itself first. */
  readonly lineage: readonly string[];
}

/**
 * A kind of events: call it to make one. Kinds are told apart by name, so that an event that was written down finds its
 * kind again; a kind may refine another, whose patterns then match its events too.
 */
export interface EventKind<A extends object = Attributes> extends KindOfEvent {
  /** Makes an event. Without attributes where it has none. */
  (...data: Record<never, never> extends A ? [data?: A] : [data: A]): Event<A>;
  /** A kind that is this one too, with more attributes. */
  refine<B extends object = Record<never, never>>(name: string): EventKind<A & B>;
}

/** What names of kinds look like. Those with `__` on both sides are tinman's own. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/ -]{0,199}$/u;

/** What an event has that carries nothing. */
const NOTHING = Object.freeze({});

/**
 * Names a kind of events and types what they carry.
 *
 * @example
 * ```ts
 * import { defineEvent } from "tinman/reactive";
 *
 * const Greet = defineEvent<{ who: string }>("greet");
 * console.log(Greet({ who: "world" }).data.who); // world
 * ```
 * @throws {TypeError} For a name that cannot be one.
 */
export function defineEvent<A extends object = Record<never, never>>(name: string): EventKind<A> {
  return createKind<A>(name, undefined);
}

/** Whether an event is of this kind, or of one that refines it. */
export function isEvent<A extends object>(event: Event<object>, kind: EventKind<A>): event is Event<A> {
  return event.kind.lineage.includes(kind.kindName);
}

/**
 * The kind that an event had before it was written down: the one that was defined last with these names, or one that is
 * told apart by them in the same way.
 */
export function recallKind(lineage: readonly string[]): KindOfEvent {
  const there = known.get(lineage.join("\0"));
  if (there !== undefined) return there;
  const [name = "", ...refined] = lineage;
  return refined.length === 0 ? defineEvent(name) : createKind(name, recallKind(refined));
}

/** Every kind there is, by its lineage: an event that comes back is of the very kind that handlers compare it with. */
const known = new Map<string, KindOfEvent>();

function createKind<A extends object>(name: string, parent: KindOfEvent | undefined): EventKind<A> {
  if (!NAME.test(name)) {
    throw new TypeError(`Cannot name events ${JSON.stringify(name)}: expected letters, digits, _ . : / - and spaces`);
  }
  const lineage = Object.freeze([name, ...parent?.lineage ?? []]);
  const kind = (data: A = NOTHING as A): Event<A> => ({ kind: kind as unknown as KindOfEvent, data });
  Object.assign(kind, {
    kindName: name,
    parent,
    lineage,
    refine: <B extends object>(refined: string) => createKind<A & B>(refined, kind as unknown as KindOfEvent),
  });
  known.set(lineage.join("\0"), kind as unknown as KindOfEvent);
  return kind as unknown as EventKind<A>;
}
