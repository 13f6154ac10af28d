import type { DataFrame } from "../pipeline/mod.ts";
import type { GuestKit, GuestSend } from "./guest_kit.ts";
import type { Plugin, PluginFrames, PluginStage } from "./plugin.ts";
import type { StageCall, WireFrame } from "./protocol.ts";

/** What the stages, the codecs and the links of a guest are made of. */
export interface GuestPartOptions {
  readonly send: GuestSend;
  readonly kit: GuestKit;
  /** The plugin, once it is loaded. */
  readonly loaded: { readonly plugin: Plugin };
}

/** The stages that were made; gives what answers calls for them. Text, as {@linkcode guestMain} is. */
export function guestStages(options: GuestPartOptions): (call: number, what: StageCall) => Promise<void> {
  const { send, loaded } = options;
  const { describe, createLog, createRandom, ownValue } = options.kit;
  const stages = new Map<number, PluginStage>();

  async function stage(call: number, what: StageCall): Promise<void> {
    try {
      send(["staged", call, [true, listOf(await useStage(what)).map(toWire)]]);
    } catch (error) {
      send(["staged", call, [false, describe(error)]]);
    }
  }

  async function useStage(what: StageCall): Promise<PluginFrames> {
    if (what[0] === "make") {
      const { stage: kind, name, config, seed } = what[2];
      const make = ownValue(loaded.plugin.stages, kind);
      if (typeof make !== "function") throw new Error(`the plugin has no stage "${kind}"`);
      const context = { name, random: createRandom(seed), log: createLog(what[1]) };
      const made = await make((config ?? {}) as Record<string, unknown>, context);
      if (typeof made?.process !== "function") throw new TypeError(`stage "${kind}" has no process(frame)`);
      return void stages.set(what[1], made);
    }
    const found = stages.get(what[1]);
    if (found === undefined) throw new Error("the stage was not made");
    if (what[0] === "drop") return void stages.delete(what[1]);
    return what[0] === "end" ? await found.end?.() : await found.process(fromWire(what[2]), what[3]);
  }

  function listOf(frames: PluginFrames): readonly DataFrame[] {
    return frames === undefined ? [] : Array.isArray(frames) ? frames : [frames as DataFrame];
  }

  function toWire({ timestampUs, sequenceId, payload, metadata }: DataFrame): WireFrame {
    if (!(payload instanceof Map)) {
      throw new TypeError("it gave no frame { timestampUs, sequenceId, payload: Map, metadata }");
    }
    const channels = [...payload as ReadonlyMap<string, unknown>].map(([name, samples]) => {
      if (!(samples instanceof Float64Array)) throw new TypeError(`it gave a frame whose "${name}" is no Float64Array`);
      return [String(name), new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)] as const;
    });
    return [timestampUs, sequenceId, channels, metadata ?? {}];
  }

  function fromWire([timestampUs, sequenceId, channels, metadata]: WireFrame): DataFrame {
    // What comes may lie anywhere in the bytes of a message.
    const payload = new Map(channels.map(([name, bytes]) => [name, new Float64Array(bytes.slice().buffer)]));
    return { timestampUs, sequenceId, payload, metadata };
  }

  return stage;
}
