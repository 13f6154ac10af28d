// The main job in one go, on real data: sample this machine, record it, replay the recording through another planner.
// deno task demo [SECONDS]
import { createEnvironment, replay, run } from "tinman";
import { openRecording } from "tinman/log";
import { calmPlanner, type Decision, perception, planner, sensors, type World } from "./nodes.ts";
import { exercise } from "./exercise.ts";
import { hashLogs } from "./hash.ts";

const seconds = Number(Deno.args[0] ?? 5);
if (!(seconds > 0 && seconds <= 3600)) {
  console.error(`Cannot run the demo for ${Deno.args[0]} seconds: a number from above 0 to 3600 is wanted`);
  Deno.exit(2);
}
const folder = "recordings";

console.log(
  `tinman records this machine for ${seconds} seconds: load, memory, cores, network and disks, 20 times a second.`,
);
console.log("In the middle it makes the machine work a little, so that there is something to see.\n");
const live = await run([sensors, perception, planner, exercise(seconds)], {
  record: { folder, exclude: ["logs"] },
  durationMs: seconds * 1000,
});
const recording = live.recording!;
console.log(`Recorded to ${recording}`);
for (const { name, count, hz, bytes, drops } of live.channels.filter(({ name }) => name !== "logs")) {
  console.log(
    `  ${name.padEnd(10)} ${String(count).padStart(4)} frames  ${hz.toFixed(1).padStart(5)} Hz  ${
      size(bytes).padStart(8)
    }  ${drops} lost`,
  );
}
drawCpu(recording);

const replayed = await replay([calmPlanner], recording, { record: folder });
console.log(
  `\nReplayed "world" through another planner at full speed: ${replayed.frames} frames in ${
    replayed.elapsedMs.toFixed(0)
  } ms.`,
);
compareDecisions(read<Decision>(recording, "decisions"), read<Decision>(replayed.recording!, "decisions"));

const again = await replay([calmPlanner], recording, { record: folder });
const [first, second] = [hashLogs(replayed.recording!), hashLogs(again.recording!)];
console.log(
  `\nReplayed once more: ${first === second ? "the same bytes" : "NOT THE SAME BYTES"}, sha-256 ${first.slice(0, 16)}…`,
);
const { verify } = await replay([perception, planner], recording, { verify: true });
const equal = verify!.channels.reduce((sum, each) => sum + each.equal, 0);
console.log(
  verify!.divergence === undefined
    ? `Replayed the nodes as they were and compared: all ${equal} outputs are what they were live.`
    : `Replayed the nodes as they were: "${verify!.divergence.channel}" differs at frame ${verify!.divergence.frame}.`,
);

console.log(`
What to type next (without Deno installed: npx -y deno@2.9.6 task …):
  deno task tinman log info ${recording}
  deno task tinman log cat ${recording} --channels decisions
  deno task tinman replay ${recording} examples/demo/nodes.ts:calmPlanner --speed 1
  deno task tinman init my-project`);
Deno.exit(first === second && verify!.divergence === undefined ? 0 : 1);

function read<T>(folder: string, channel: string): T[] {
  const { files, registry } = createEnvironment();
  using recording = openRecording(files, folder, { registry });
  return Array.from(recording.values<T>(channel), ({ value }) => value);
}

function compareDecisions(then: readonly Decision[], now: readonly Decision[]): void {
  const changes = (list: readonly Decision[]) => list.filter((each, i) => i > 0 && each !== list[i - 1]).length;
  const differs = then.filter((each, i) => each !== now[i]).length;
  console.log(
    `  It decided differently ${differs} times out of ${then.length}, and changed its mind ${
      changes(now)
    } times instead of ${changes(then)}.`,
  );
  if (differs === 0) {
    console.log(
      "  The machine was as busy all the time, so there was little to decide: run it again when it is at rest.",
    );
  }
  const pairs = new Map<string, number>();
  then.forEach((each, i) =>
    each !== now[i] && pairs.set(`${each} → ${now[i]}`, (pairs.get(`${each} → ${now[i]}`) ?? 0) + 1)
  );
  for (const [pair, count] of [...pairs].sort((a, b) => b[1] - a[1])) {
    console.log(`    ${String(count).padStart(3)} × ${pair}`);
  }
}

function drawCpu(folder: string): void {
  const levels = "▁▂▃▄▅▆▇█";
  const cpu = read<World>(folder, "world").map(({ cpu }) => cpu);
  const width = Math.min(60, cpu.length);
  const bars = Array.from({ length: width }, (_, i) => {
    const part = cpu.slice(Math.floor(i * cpu.length / width), Math.floor((i + 1) * cpu.length / width));
    const mean = part.reduce((sum, each) => sum + each, 0) / Math.max(1, part.length);
    return levels[Math.min(7, Math.floor(mean * 8))];
  });
  console.log(`  cpu        ${bars.join("")}`);
}

function size(bytes: number): string {
  return bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 ** 2
    ? `${(bytes / 1024).toFixed(1)} kB`
    : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
