// The other end of what worker.ts measures: gives back whatever comes, by ring or by slab.
import { parentPort, workerData } from "node:worker_threads";
import { RingReader, RingWriter, Slab } from "../../src/ring/mod.ts";

interface Ends {
  readonly there: SharedArrayBuffer;
  readonly back: SharedArrayBuffer;
  readonly slab?: SharedArrayBuffer;
}

/** Looked at, so that nobody can leave the work out. */
let sum = 0;

const { there, back, slab } = workerData as Ends;
parentPort!.postMessage("up");
const wake = () => parentPort!.postMessage(0);
const [reader, writer] = [new RingReader(there, { wake }), new RingWriter(back, { wake })];
if (slab === undefined) echoRecords(reader, writer);
else echoSlots(reader, writer, new Slab(slab));

function echoRecords(reader: RingReader, writer: RingWriter): void {
  while (!reader.ended) {
    if (!reader.next()) {
      writer.publish();
      reader.block(1000);
      continue;
    }
    const { length, kind } = reader;
    let at = writer.reserve(kind, length);
    for (; at < 0; at = writer.reserve(kind, length)) writer.block(length, 1000);
    writer.bytes.set(reader.bytes.subarray(reader.at, reader.at + length), at);
  }
}

function echoSlots(reader: RingReader, writer: RingWriter, slab: Slab): void {
  const views = Array.from({ length: slab.slots }, (_, slot) => slab.bytesOf(slot));
  while (!reader.ended) {
    if (!reader.next()) {
      writer.publish();
      reader.block(1000);
      continue;
    }
    // The number of the slot is the kind of the record.
    const slot = reader.kind;
    sum += views[slot]![0]!;
    while (writer.reserve(slot, 0) < 0) writer.block(0, 1000);
  }
  if (sum < 0) throw new Error("Cannot trust this measurement: no byte is below zero");
}
