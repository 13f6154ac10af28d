/**
 * The contract of byte links to somewhere else; what opens them are transports, most of them plugins.
 *
 * @module
 */
export { formatAddress, type LinkAddress, parseAddress } from "./address.ts";
export type { Link, LinkOptions, Transport } from "./link.ts";
export { createLinkPair, type LinkPair, type LinkPairOptions } from "./memory.ts";
