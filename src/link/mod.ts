/**
 * The contract of byte links to somewhere else, links in memory, and a simulated network. What opens links to other
 * machines are transports, most of them plugins.
 *
 * @module
 */
export { formatAddress, type LinkAddress, parseAddress } from "./address.ts";
export type { Conditions, Traffic } from "./conditions.ts";
export { framedLink, type FramedOptions } from "./framed.ts";
export { encodeKiss, KissDecoder, type KissFrame, type KissLink, kissLink, type KissOptions } from "./kiss.ts";
export type { Link, LinkOptions, Transport } from "./link.ts";
export { createLinkPair, type LinkPair, type LinkPairOptions } from "./memory.ts";
export { type LinkIdentity, type SecureLink, secureLink, type SecureOptions } from "./secure.ts";
export {
  type ConnectOptions,
  createNetwork,
  type MediumOptions,
  type Network,
  type NetworkOptions,
  type SimulatedPair,
} from "./simulated.ts";
export type { SimulatedLink } from "./simulated_link.ts";
export {
  acceptWebSocket,
  type AcceptWebSocketOptions,
  openWebSocket,
  type OpenWebSocketOptions,
  type WebSocketContext,
} from "./websocket.ts";
