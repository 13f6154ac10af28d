/**
 * Bytes from one thread to another through shared memory: a ring of records with one writer and one reader, and a slab
 * for payloads that are handed over by number. Many records are written and shown at once; the other end is woken only
 * when it sleeps. A thread of its own may block while it waits, the main thread hears of it by a message.
 *
 * The ring is that of Lamport 1983 ("Specifying concurrent program modules") with the positions of the peer looked at only
 * when the last look does not tell enough (FastForward, Giacomoni et al. 2008; folly's ProducerConsumerQueue).
 *
 * @example There and back in one thread
 * ```ts
 * import { createRing, RingReader, RingWriter } from "./mod.ts";
 *
 * const memory = createRing(1024);
 * const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
 * writer.tryWrite(7, Uint8Array.of(1, 2, 3));
 * reader.next(); // false: not published yet
 * writer.publish();
 * reader.next(); // true
 * [reader.kind, ...reader.bytes.subarray(reader.at, reader.at + reader.length)]; // [7, 1, 2, 3]
 * ```
 * @module
 */
export { createRing } from "./layout.ts";
export { RingReader } from "./reader.ts";
export { createSlab, Slab, type SlabOptions } from "./slab.ts";
export { type RingEndOptions, RingWriter } from "./writer.ts";
