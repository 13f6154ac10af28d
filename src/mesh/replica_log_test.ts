import assert from "node:assert/strict";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { DatasetInfo } from "./dataset.ts";
import { readOwn } from "./folder_files.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const [ana, ben] = [testKey("ana"), testKey("ben")];
const info: DatasetInfo = { name: "survey", founder: ana.device, nonce: "01".repeat(16), writers: "anybody" };
const clock = { now: () => BigInt(START_MS) * 1_000_000n };
const note = { kind: "note.add", record: "R-1", text: "the pump is loose" } as const;

/** Two notes of Ana in her log, one of Ben, then another of his, or two more of hers at once; a bit of it is flipped. */
function damaged({ isOwn, back }: { readonly isOwn: boolean; readonly back: number }) {
  const files = createMemoryFiles();
  const folder = { files, path: "survey" };
  {
    using replica = new Replica({ info, key: ana, clock, folder });
    using other = new Replica({ info, key: ben, clock });
    const come = () => [...other.feeds.all()].forEach((feed) => replica.ingest(...runsOf(feed)));
    replica.write(note);
    replica.write(note);
    other.write(note);
    come();
    if (isOwn) replica.write(note, note);
    else {
      other.write(note);
      come();
    }
  }
  const bytes = readFile(files, "survey/feeds.log", 1e6)!.slice();
  bytes[bytes.length - back]! ^= 1;
  files.replace("survey/feeds.log", bytes);
  using replica = new Replica({ info, key: ana, clock, folder });
  assert.equal(replica.cutOff?.saved, "survey/feeds.log.damaged-1");
  return readOwn("survey", files);
}

Deno.test("F10 a device whose own last write is damaged knows how many events it must not write again", () => {
  assert.equal(damaged({ isOwn: true, back: 40 }), 4);
});

Deno.test("F10 a device whose log ends with damage in what another wrote goes on, if that can still be read", () => {
  assert.equal(damaged({ isOwn: false, back: 40 }), 0);
});

Deno.test("F10 a device whose last write is damaged goes on when a peer has given it back", () => {
  const files = createMemoryFiles();
  const folder = { files, path: "survey" };
  using peer = new Replica({ info, key: ben, clock });
  {
    using replica = new Replica({ info, key: ana, clock, folder });
    for (let i = 0; i < 3; i++) replica.write(note);
    for (const feed of replica.feeds.all()) peer.ingest(...runsOf(feed));
  }
  const bytes = readFile(files, "survey/feeds.log", 1e6)!.slice();
  bytes[bytes.length - 40]! ^= 1;
  files.replace("survey/feeds.log", bytes);
  using replica = new Replica({ info, key: ana, clock, folder });
  replica.noteOwn(readOwn("survey", files));
  assert.throws(() => replica.write(note), { code: "UNAVAILABLE", hint: /sync with a peer first/ });
  for (const feed of peer.feeds.all()) replica.ingest(...runsOf(feed));
  assert.equal(replica.write(note)[0]!.seq, 4);
  assert.deepEqual(replica.feeds.forks, []);
});
