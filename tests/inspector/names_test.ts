// Goal: names that differ look different: nothing in them is hidden or turns others around, and their end is seen. Method: a
// recording of such names in Debian's chromium.
import assert from "node:assert/strict";
import { VirtualClock } from "tinman";
import { json } from "tinman/codecs";
import { createRecording } from "tinman/log";
import { createPlatform } from "../../src/platform/mod.ts";
import { temporaryFolder } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { start } from "./_inspected.ts";
import { BEGAN_NS } from "./_recordings.ts";

const ODD = "pose\u202egpj.\x1b[0m\u200b";
const SEEN = String.raw`pose\u202egpj.\x1b[0m\u200b`;
const LONG = [0, 1, 2].map((i) => `robot/arm/of/the/second/production/line/joint-${i}/position`);

Deno.test({
  name: "names that differ at what is not seen, or at their end, look different on every page; their links are true",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    {
      using recording = createRecording(createPlatform().files, `${folder.path}/odd`, {
        clock: new VirtualClock(BEGAN_NS),
      });
      for (const name of [ODD, ...LONG]) {
        recording.channel(name, json()).write({ "a\u2066b": "x\u202ey", plain: 1 });
      }
    }
    await using look = await start(["inspect", "odd", "--no-open", "--read-only"], folder.path);
    await using browser = await openBrowser();
    const { origin } = new URL(look.url);
    const { page, problems } = await openPage(browser, origin, { size: { width: 1024, height: 600 } });
    await page.goto(look.url);
    await page.waitForSelector("td:has-text('position')");
    for (const path of ["overview", "channels", "timeline", "plots"]) {
      await page.goto(`${origin}/${path}`);
      await page.locator("main", { hasText: SEEN }).waitFor({ timeout: 5000 });
      const hidden = await page.evaluate<number>(
        String.raw`document.body.innerText.search(/[\x00-\x08\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069]/)`,
      );
      assert.equal(hidden, -1, path);
    }
    await page.goto(`${origin}/channels`);
    for (const path of ["channels", "timeline"]) {
      await page.goto(`${origin}/${path}`);
      await page.locator(".name-cut").nth(3).waitFor();
      const ends = await page.evaluate<string[]>(`[...document.querySelectorAll(".name-cut")].flatMap((name) => {
        const { right } = name.closest("button").querySelector(".num").getBoundingClientRect();
        const end = name.lastElementChild;
        return end.getBoundingClientRect().right <= right && end.scrollWidth <= end.clientWidth ? [end.textContent] : [];
      })`);
      for (const i of [0, 1, 2]) assert.ok(ends.some((end) => end.endsWith(`${i}/position`)), `${path}: ${ends}`);
    }
    await page.goto(`${origin}/channels`);
    await page.locator("nav.chooser button", { hasText: "gpj" }).click();
    await page.locator(".frames td", { hasText: String.raw`a\u2066b` }).waitFor({ timeout: 5000 });
    assert.equal(new URL(page.url()).searchParams.get("channel"), ODD, "the address has the name as it is");
    await keepPicture(page, "names-small");
    // A name in the address that is not there is no failure of the page.
    const asked = page.waitForResponse((response) => /\/plot\?.*nothing/.test(response.url()));
    await page.goto(`${origin}/plots?y=${encodeURIComponent('[["nothing","x"]]')}`);
    assert.equal((await asked).headers()["x-tinman-status"], "404");
    assert.deepEqual(problems, []);
  },
});
