/*
 * Reads all frames of a recording, one by one or in batches, and prints what it read and how far memory grew meanwhile:
 * `{ frames, bytes, sum, mapped, anonymousMb }`. Pages of a mapped file are not counted: they are the file's.
 */
import { createEnvironment } from "tinman";
import { openRecording } from "tinman/log";

const [folder, how] = Deno.args as [string, "frames" | "batches"];
const { files } = createEnvironment();
const before = anonymousMb();
let most = before;
let [frames, bytes, sum] = [0, 0, 0];
using recording = openRecording(files, folder);
if (how === "frames") {
  for (const { data } of recording.frames()) take(data);
} else {
  for (const batch of recording.batches()) for (let i = 0; i < batch.count; i++) take(batch.data(i));
}
const mapped = files.map(`${folder}/${recording.channels[0]!.file}`) !== undefined;
console.log(JSON.stringify({ frames, bytes, sum, mapped, anonymousMb: most - before }));

function take(data: Uint8Array): void {
  frames++;
  bytes += data.length;
  sum += data[0]! + data[data.length - 1]!;
  if (frames % 10_000 === 0) most = Math.max(most, anonymousMb());
}

function anonymousMb(): number {
  // Without a permission there are no pages of files, and not this file either.
  const isAllowed = Deno.permissions.querySync({ name: "ffi" }).state === "granted";
  if (Deno.build.os !== "linux" || !isAllowed) return Deno.memoryUsage().rss / 2 ** 20;
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^RssAnon:\s*(\d+)/m.exec(status)![1]) / 1024;
}
