/**
 * Bounded channels between nodes: {@linkcode Out} and {@linkcode In} are the two halves of one ring.
 *
 * @module
 */
export {
  type AllChannels,
  allChannels,
  type Channel,
  channel,
  type ChannelOptions,
  DEFAULT_CAPACITY,
  type InputOptions,
} from "./channel.ts";
export type { InEnd, OutEnd } from "./ends.ts";
export { type Gate, In } from "./in.ts";
export { checkCapacity, type Exit, Out, type SubscribeOptions } from "./out.ts";
export { type Cursor, DONE, type Ring, type RingOptions } from "./ring.ts";
export { createSlice, endlessSlice, type Slice, type SliceOptions } from "./slice.ts";
