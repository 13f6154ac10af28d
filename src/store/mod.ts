/**
 * Ordered keys and values that outlive a process: the contract, and a store in memory. `openStore()` has the one on disk.
 *
 * @module
 */
export { boundsOf, decodeKey, encodeFullKey, encodeKey, MAX_KEY_BYTES } from "./key.ts";
export { createMemoryStore } from "./memory.ts";
export type { Store, StoreEntry, StoreKey, StoreKeyPart, StoreRange } from "./store.ts";
export { refusePromise } from "./transaction.ts";
