// The log by itself: write frames, read them back in the order of time, seek.
import { createEnvironment, json, text } from "tinman";
import { createRecording, openRecording } from "tinman/log";

const { clock, files } = createEnvironment();

using recording = createRecording(files, "recordings/by-hand", { clock });
const temperatures = recording.channel<number>("temperatures", json());
const remarks = recording.channel("remarks", text());
for (let i = 0; i < 5; i++) {
  temperatures.write(20 + i);
  if (i === 2) remarks.write("opened the window");
}
recording.close();

using log = openRecording(files, "recordings/by-hand");
const frames = [...log.frames()];
console.log(frames.map(({ channel }) => channel).join(" "));

const middle = frames[3]!.timeNs;
const later = [...log.frames({ fromNs: middle, channels: ["temperatures"] })];
console.log(`${later.length} temperatures after the remark`);

// prints:
// temperatures temperatures temperatures remarks temperatures temperatures
// 2 temperatures after the remark
