/**
 * Time, passed in: the contract, and a virtual clock that moves only when it is told to.
 *
 * @module
 */
export { type Clock, msToNs, type WaitOptions } from "./clock.ts";
