import type { PluginContext } from "./plugin.ts";
import type { FromGuest, GuestError } from "./protocol.ts";

/** Says something to tinman. */
export type GuestSend = (message: FromGuest) => void;

/** What all that is in a guest needs. */
export type GuestKit = ReturnType<typeof guestKit>;

/** Errors as they cross the border, messages for people, and chance. Text, as {@linkcode guestMain} is. */
export function guestKit(send: GuestSend) {
  function describe(thrown: unknown): GuestError {
    if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown).slice(0, 2000) };
    const { code } = thrown as { code?: unknown };
    return {
      name: String(thrown.name),
      message: String(thrown.message).slice(0, 2000),
      ...(typeof thrown.stack === "string" && { stack: thrown.stack.slice(0, 4000) }),
      ...(typeof code === "string" && { code }),
    };
  }

  function createLog(id: number): PluginContext["log"] {
    const say = (level: "debug" | "info" | "warn" | "error") => (message: unknown) =>
      send(["log", id, level, String(message).slice(0, 10_000)]);
    return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  }

  function revive({ name, message, code }: GuestError): Error {
    return Object.assign(new Error(message), { name }, code === undefined ? {} : { code });
  }

  function ownValue<T>(from: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
    return from !== undefined && Object.hasOwn(from, name) ? from[name] : undefined;
  }

  // mulberry32 (Ettinger), its state filled from the seed by FNV-1a.
  function createRandom(seed: string): PluginContext["random"] {
    let state = 0x811c9dc5;
    for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
    const next = () => {
      state = (state + 0x6d2b79f5) | 0;
      let bits = Math.imul(state ^ (state >>> 15), 1 | state);
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    };
    return { next, int: (bound) => Math.floor(next() * bound) };
  }

  return { describe, revive, createLog, createRandom, ownValue };
}
