import type { Guest, GuestUsage, OpenGuest, PluginWorld, Tier } from "../plugin/mod.ts";

/** A plugin at work in this process. */
export interface LiveGuest {
  readonly plugin: string;
  readonly tier: Tier;
  /** What it takes of the machine; undefined where nobody can tell. */
  usage(): GuestUsage | undefined;
}

/** By what they were opened for: the machine of a command line. */
const live = new WeakMap<object, Set<LiveGuest>>();

/** The plugins that are at work for `owner`. */
export function liveGuests(owner: object): readonly LiveGuest[] {
  return [...live.get(owner) ?? []];
}

/** The same guests, which are found by {@linkcode liveGuests} until they end. */
export function watchGuests(guests: PluginWorld["guests"], owner: object): PluginWorld["guests"] {
  const watch = (tier: Tier): OpenGuest => async (request) => {
    const guest = await guests[tier](request);
    const known = live.get(owner) ?? new Set();
    live.set(owner, known);
    const entry = { plugin: request.plugin, tier: guest.tier, usage: () => guest.usage?.() };
    known.add(entry);
    return ended(guest, () => known.delete(entry));
  };
  return { quickjs: watch("quickjs"), process: watch("process"), trusted: watch("trusted") };
}

/** The guest itself, whose end is heard of: whoever has opened it sets `onGone` later. */
function ended(guest: Guest, onEnd: () => void): Guest {
  return {
    tier: guest.tier,
    post: (message) => guest.post(message),
    set onMessage(listener: Guest["onMessage"]) {
      guest.onMessage = listener;
    },
    get onMessage() {
      return guest.onMessage;
    },
    set onGone(listener: Guest["onGone"]) {
      guest.onGone = (error) => {
        onEnd();
        listener(error);
      };
    },
    get onGone() {
      return guest.onGone;
    },
    ...(guest.usage !== undefined && { usage: () => guest.usage!() }),
    close(graceMs) {
      onEnd();
      return guest.close(graceMs);
    },
    async [Symbol.asyncDispose]() {
      onEnd();
      await guest[Symbol.asyncDispose]();
    },
  };
}
