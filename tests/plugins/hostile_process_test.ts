// Goal: whatever a plugin tries, it gets nothing and what runs beside it goes on. Method: each attack of the list as a
// plugin, in each tier, on a machine with something to steal; the table in README.md is made of the same.
import assert from "node:assert/strict";
import { runAttack } from "./_attack.ts";
import { attacked } from "./_attacked.ts";
import { attacks, cellOf } from "./_attacks.ts";
import { effectiveFor, openScene } from "./_scene.ts";

const readme = Deno.readTextFileSync(new URL("README.md", import.meta.url));

for (const { name: tier, applies, open } of attacked) {
  for (const [group, list] of Object.entries(attacks)) {
    const stallMs = group === "Take all there is" ? 600 : 10_000;
    for (const attack of list.filter(applies)) {
      Deno.test(`${tier} holds against: ${group} · ${attack.name}`, async () => {
        await using scene = openScene();
        const guest = await open(effectiveFor(attack, scene));
        const { outcome, detail } = await runAttack(attack, guest, { scene, stallMs });
        assert.notEqual(outcome, "escaped", detail);
        if (group !== "Take all there is") assert.notEqual(detail, `killed after it was silent for ${stallMs} ms`);
        scene.check();
      });
    }
  }
}

Deno.test("the table in tests/plugins/README.md has a row for each attack", () => {
  const missing = Object.values(attacks).flat().filter((attack) => !readme.includes(`| ${cellOf(attack)} `));
  assert.deepEqual(missing.map(({ name }) => name), [], "deno run -A tests/plugins/attack_table.ts");
});
