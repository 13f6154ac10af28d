/** Runs every attack and keeps what came of it in tests/plugins/README.md: `deno run -A tests/plugins/attack_table.ts`. */
import { type Outcome, runAttack } from "./_attack.ts";
import { attacked } from "./_attacked.ts";
import { attacks, cellOf } from "./_attacks.ts";
import { effectiveFor, openScene } from "./_scene.ts";

const [start, end] = ["<!-- attacks: written by attack_table.ts -->", "<!-- end of attacks -->"];
const file = new URL("README.md", import.meta.url);
const counts: Partial<Record<Outcome, number>> = {};

const lines = [
  `| attack | ${attacked.map(({ name }) => name).join(" | ")} |`,
  `| --- | ${attacked.map(() => "---").join(" | ")} |`,
];
for (const [group, list] of Object.entries(attacks)) {
  lines.push(`| **${group}** | ${attacked.map(() => "").join(" | ")} |`);
  for (const attack of list) {
    const cells: string[] = [];
    for (const { applies, open } of attacked) {
      if (!applies(attack)) {
        cells.push("–");
        continue;
      }
      await using scene = openScene();
      const guest = await open(effectiveFor(attack, scene));
      const { outcome, detail } = await runAttack(attack, guest, { scene, stallMs: 1000 });
      scene.check();
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      cells.push(outcome === "contained" ? `contained: ${howItEnded(detail)}` : outcome);
      if (outcome === "escaped") console.error(`ESCAPED ${attack.name}: ${detail}`);
    }
    lines.push(`| ${cellOf(attack)} | ${cells.join(" | ")} |`);
  }
}
const summary = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`).join(", ");
console.log(`${lines.join("\n")}\n\n${summary}`);

const text = await Deno.readTextFile(file);
const section = `${start}\n\n${summary}; Deno ${Deno.version.deno}, ${Deno.build.os}.\n\n${lines.join("\n")}\n\n${end}`;
await Deno.writeTextFile(
  file,
  text.slice(0, text.indexOf(start)) + section + text.slice(text.indexOf(end) + end.length),
);
await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file.pathname] }).output();
Deno.exit(counts.escaped === undefined ? 0 : 1);

function howItEnded(detail: string): string {
  if (/memory/.test(detail)) return "memory";
  if (/silent|answered|time|ms\b/.test(detail)) return "time";
  return "its own end";
}
