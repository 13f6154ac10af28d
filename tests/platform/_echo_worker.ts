// Gives back every record, or does what it should not.
import { thisWorker } from "../../src/platform/mod.ts";
import { RingReader, RingWriter } from "../../src/ring/mod.ts";

const worker = thisWorker();
const { there, back, fails, blocks, loops } = worker.data as Record<string, SharedArrayBuffer>;
if (fails !== undefined) throw new Error(String(fails));
worker.post("up");
if (blocks !== undefined) Atomics.wait(new Int32Array(blocks), 0, 0);
while (loops !== undefined);

const wake = () => worker.post(0);
const [reader, writer] = [new RingReader(there!, { wake }), new RingWriter(back!, { wake })];
while (!reader.ended) {
  if (!reader.next()) {
    writer.publish();
    await worker.wait((timeoutMs) => reader.block(timeoutMs));
    continue;
  }
  const record = reader.bytes.subarray(reader.at, reader.at + reader.length);
  while (!writer.tryWrite(reader.kind, record)) {
    await worker.wait((timeoutMs) => writer.block(record.length, timeoutMs));
  }
}
writer.close();
