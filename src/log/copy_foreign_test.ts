import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { plain, put, rawLog, START_NS, text } from "./_fixture.ts";
import { copyRecording } from "./copy.ts";
import type { McapKind } from "./mcap_channels.ts";
import { McapSource } from "./mcap_source.ts";
import { McapStore } from "./mcap_store.ts";
import { openRecording } from "./recording.ts";
import { verifyRecording } from "./verify.ts";

Deno.test("F30 a file of another tool keeps encodings and schemas as a file; a folder says which it cannot keep", async () => {
  const files = createMemoryFiles();
  const store = new McapStore(files, "other.mcap", {});
  store.begin({ tinman: 1, id: "x", startedNs: START_NS, endedNs: START_NS, clean: true, channels: [] });
  const schema = { name: "pkg/Pose", encoding: "ros2msg", data: text.encode("float64 x") };
  const metadata = new Map([["qos", "best"]]);
  const open = (name: string, mcap: McapKind) =>
    store.open({ name, header: undefined, startedNs: START_NS, mcap: { ...mcap, metadata } }).log;
  const logs = [open("pose", { encoding: "cdr", schema }), open("state", { encoding: "json" })];
  for (const value of ["1", "2"]) for (const log of logs) log.writeBytes(text.encode(value), START_NS);
  for (const log of logs) log.close();
  store.end({ tinman: 1, id: "x", startedNs: START_NS, endedNs: START_NS, clean: true, channels: [] });

  const file = await copyRecording(files, [{ path: "other.mcap" }], { to: "copy.mcap" });
  assert.deepEqual([file.plain, file.moved], [[], 0]);
  const [copied, other] = ["copy.mcap", "other.mcap"].map((path) => plain(openRecording(files, path).frames()));
  assert.deepEqual(copied, other);
  const { contents } = new McapSource(files, "copy.mcap", {}).file;
  assert.deepEqual([...contents.schemas.values()].map(({ id: _, ...rest }) => rest), [schema]);
  assert.deepEqual([...contents.channels.values()].map(({ encoding, metadata }) => [encoding, metadata.get("qos")]), [
    ["cdr", "best"],
    ["json", "best"],
  ]);
  const folder = await copyRecording(files, [{ path: "other.mcap" }], { to: "copy" });
  assert.deepEqual([folder.plain, folder.moved], [["pose"], 1]);
  using log = openRecording(files, "copy");
  assert.deepEqual(log.channels.map(({ name, format, codec, frames }) => [name, format, codec?.codec, frames]), [
    ["pose", "raw", undefined, 2],
    ["state", "tinman", "json", 2],
  ]);
  assert.deepEqual(verifyRecording(files, "copy").findings, []);
});

Deno.test("F30 a log of the Python original stays one, with its pickle and its times", async () => {
  const files = createMemoryFiles();
  const pickle = Uint8Array.fromHex("80049518000000000000008c067468656d6f648c08537472436f646563932981942e");
  put(files, "old/gps.blog", rawLog([[1n, pickle], [5n, text.encode("x")], [9n, text.encode("y")]]));
  await copyRecording(files, [{ path: "old" }], { to: "new" });
  await copyRecording(files, [{ path: "old" }], { to: "new.mcap" });
  using one = openRecording(files, "new");
  assert.deepEqual(one.channels.map(({ name, format, frames }) => [name, format, frames]), [["gps", "python", 2]]);
  for (const path of ["new", "new.mcap"]) {
    using log = openRecording(files, path);
    assert.deepEqual(plain(log.frames()).map(({ timeNs, text }) => [timeNs, text]), [[5n, "x"], [9n, "y"]]);
  }
});
