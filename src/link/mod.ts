/**
 * The contract of byte links to somewhere else; what opens them are transports, most of them plugins.
 *
 * @module
 */
export type { Link, LinkOptions, Transport } from "./link.ts";
