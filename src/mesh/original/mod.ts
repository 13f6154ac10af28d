/**
 * The Python original, meshlogd 0.1.0: its ids, its log, its messages and its view, without its defects. A dataset is
 * imported from it with {@linkcode readOriginalLog}, and {@linkcode OriginalPeer} gossips with it.
 *
 * @module
 */
export { createOriginalEvent, type OriginalEvent, originalId, type OriginalParts, readOriginalEvent } from "./event.ts";
export type { IngestRefusal, OriginalFeedsOptions, OriginalFork } from "./feeds.ts";
export { type GossipOptions, gossipOriginal } from "./gossip.ts";
export { type OriginalLog, type OriginalLogProblem, readOriginalLog, writeOriginalLine } from "./log.ts";
export {
  OriginalPeer,
  type OriginalPeerOptions,
  type OriginalReceived,
  type OriginalRefusal,
  type ReceiveOptions,
} from "./peer.ts";
export { compareText, isObject, type OriginalObject, type OriginalValue, toOriginal } from "./value.ts";
export {
  compareOriginal,
  formatOriginalView,
  materializeOriginal,
  type OriginalRecord,
  type OriginalView,
} from "./view.ts";
export {
  encodeOriginalFrontier,
  MAX_EVENTS,
  type OriginalMessage,
  type PackOptions,
  packOriginalEvents,
  readOriginalMessage,
} from "./wire.ts";
export { writeJson, type WriteJsonOptions } from "./write_json.ts";
