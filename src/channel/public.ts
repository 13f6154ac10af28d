/**
 * What users see of channels.
 *
 * @module
 */
export {
  type AllChannels,
  allChannels,
  type Channel,
  channel,
  type ChannelOptions,
  type InputOptions,
} from "./channel.ts";
export { In } from "./in.ts";
export { Out, type SubscribeOptions } from "./out.ts";
