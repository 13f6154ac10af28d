// Time belongs to the run: live it is the clock on the wall, in a replay it is the time of the recording.
import { channel, node, replay, run } from "tinman";

const beats = channel<number>("beats");
const gaps = channel<string>("gaps");

const heart = node({ name: "heart", out: { beats } }, async ({ beats, clock }) => {
  let beat = 0;
  for await (const _ of clock.every(20)) {
    await beats.publish(++beat);
    if (beat === 3) await clock.sleep(100);
    if (beat === 6) break;
  }
});

// Speaks up when nothing has come for 60 ms.
const watch = node({ name: "watch", in: { beats }, out: { gaps } }, async ({ beats, gaps, clock }) => {
  let last = clock.now();
  let beat = 0;
  const listen = async () => {
    for await (beat of beats) last = clock.now();
  };
  const check = async () => {
    let told = 0;
    for await (const now of clock.every(10)) {
      if (now - last < 60_000_000n || told === beat) continue;
      await gaps.publish(`nothing after beat ${told = beat}`);
    }
  };
  await Promise.race([listen(), check()]);
});

const print = node({ name: "print", in: { gaps } }, { gaps: (text) => console.log(text) });

await run([heart, watch, print], { record: "recordings" });
const { elapsedMs } = await replay([watch, print], "recordings");
console.log(elapsedMs < 200 ? "replayed without waiting" : `replayed in ${elapsedMs} ms`);

// prints:
// nothing after beat 3
// nothing after beat 3
// replayed without waiting
