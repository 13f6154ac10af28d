/*
 * Makes one recording after the other below a folder until it is killed. After each `flush()` and `close()` it says how
 * many values of each channel are safe by now: `flushed 4 10,4,0,77` (recording 4), `closed 5.mcap 12,4,1,80`.
 */
import { bytes, createEnvironment, createRandom } from "tinman";
import { createRecording, type SyncPolicy } from "tinman/log";
import { channelNames, contentOf } from "./_content.ts";

const [folder, seed] = Deno.args as [string, string];
const { files, clock } = createEnvironment();
const random = createRandom(seed);
const encoder = new TextEncoder();
const say = (text: string) => Deno.stdout.writeSync(encoder.encode(`${text}\n`));

say("ready");
Deno.stdin.readSync(new Uint8Array(1));
for (let n = 0;; n++) {
  const sync = ["never", "never", "never", "always"][random.int(4)] as SyncPolicy;
  const blockBytes = [4096, 65_536, 262_144][random.int(3)]!;
  // Both forms of a recording, in turn.
  const name = n % 2 === 0 ? `${n}` : `${n}.mcap`;
  const recording = createRecording(files, `${folder}/${name}`, { clock, sync, blockBytes, id: `${seed}-${n}` });
  const counts = channelNames.map(() => 0);
  const rounds = random.int(12);
  for (let round = 0; round < rounds; round++) {
    // `always` waits for the disk in each write.
    for (let i = random.int(sync === "always" ? 20 : 1500); i >= 0; i--) {
      const channel = random.int(Math.min(channelNames.length, round + 1));
      recording.channel(channelNames[channel]!, bytes()).write(contentOf(channel, counts[channel]!));
      counts[channel]!++;
    }
    recording.flush();
    say(`flushed ${name} ${counts}`);
  }
  recording.close();
  say(`closed ${name} ${counts}`);
}
