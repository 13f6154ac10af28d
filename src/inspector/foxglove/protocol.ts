/*
 * Foxglove's WebSocket protocol, as much of it as a server needs that is only looked at. Texts are JSON objects with `op`:
 *
 *   to the client    serverInfo, advertise, unadvertise, status
 *   from the client  subscribe, unsubscribe
 *
 * and these are binary, numbers little-endian:
 *
 *   u8 1 · u32 subscription · u64 nanoseconds · the message
 *   u8 2 · u64 nanoseconds                                    what time it is, of a server that has "time"
 *
 * The two subprotocols differ in what else may be asked for, and in nothing that stands here.
 * Source: https://github.com/foxglove/ws-protocol/blob/main/docs/spec.md
 */

/** What a client may speak; the first that it offers is taken. */
export const SUBPROTOCOLS = ["foxglove.sdk.v1", "foxglove.websocket.v1"] as const;

/** A channel, as it is advertised. */
export interface FoxgloveChannel {
  /** Never used for another channel, nor for another schema. */
  readonly id: number;
  readonly topic: string;
  readonly encoding: "json";
  readonly schemaName: string;
  /** JSON Schema, of an object. */
  readonly schema: string;
  readonly schemaEncoding: "jsonschema";
}

/** What a client asks for. */
export type FoxgloveRequest =
  | { readonly op: "subscribe"; readonly subscriptions: readonly { readonly id: number; readonly channelId: number }[] }
  | { readonly op: "unsubscribe"; readonly subscriptionIds: readonly number[] }
  /** Something that nobody offered. */
  | { readonly op: "other"; readonly name: string };

/** The subprotocol to speak with a client, by its header; undefined for a client that speaks neither. */
export function chooseSubprotocol(header: string | null): string | undefined {
  const offered = (header ?? "").split(",").map((each) => each.trim());
  return SUBPROTOCOLS.find((each) => offered.includes(each));
}

/** Reads what a client says; undefined when it makes no sense. */
export function readRequest(text: string): FoxgloveRequest | undefined {
  try {
    const said = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    if (typeof said?.op !== "string") return undefined;
    const { op, subscriptions, subscriptionIds } = said;
    if (op === "subscribe") {
      return isList(subscriptions, (each) => isId(each?.id) && isId(each?.channelId))
        ? { op, subscriptions: subscriptions as { id: number; channelId: number }[] }
        : undefined;
    }
    if (op === "unsubscribe") {
      return isList(subscriptionIds, isId) ? { op, subscriptionIds: subscriptionIds as number[] } : undefined;
    }
    return { op: "other", name: op.slice(0, 50) };
  } catch {
    return undefined;
  }
}

/** One message of a subscription. */
export function encodeMessage(subscription: number, timeNs: bigint, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(13 + data.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, 1);
  view.setUint32(1, subscription, true);
  view.setBigUint64(5, timeNs, true);
  message.set(data, 13);
  return message;
}

/** What time it is. */
export function encodeTime(timeNs: bigint): Uint8Array {
  const message = new Uint8Array(9);
  const view = new DataView(message.buffer);
  view.setUint8(0, 2);
  view.setBigUint64(1, timeNs, true);
  return message;
}

// deno-lint-ignore no-explicit-any
function isList(value: unknown, holds: (each: any) => boolean): boolean {
  return Array.isArray(value) && value.length <= 10_000 && value.every(holds);
}

function isId(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
}
