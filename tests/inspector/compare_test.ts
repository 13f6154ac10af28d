// Goal: what differs between two recordings, or between a replay and what was recorded, is found and shown. Method: chromium, two
// recordings made here, and a replay of other code.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { start } from "./_inspected.ts";
import { writeDrive } from "./_recordings.ts";

const NODES = (factor: string) =>
  `import { channel, map, node } from "tinman";
const raw = channel("raw"), twice = channel("twice");
export default [
  node({ out: { raw }, name: "source" }, async ({ raw, clock }) => {
    for (let i = 0; i < 400; i++) {
      await raw.publish({ i });
      await clock.sleep(10);
    }
  }),
  map({ in: raw, out: twice, name: "twice" }, ({ i }) => ({ i, value: ${factor} })),
];
`;

Deno.test({
  name: "two recordings are compared, and each difference is shown with both values",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    writeDrive(`${folder.path}/one`, 30_000);
    writeDrive(`${folder.path}/other`, 30_000, { change: (i) => i === 5000 || i === 25_000 ? -1 : i });
    await using look = await start(["inspect", "one", "other", "--no-open"], folder.path);
    await using browser = await openBrowser();
    const { origin } = new URL(look.url);
    for (const theme of ["light", "dark"] as const) {
      const { page, problems } = await openPage(browser, origin, { theme });
      await page.goto(look.url);
      await page.waitForSelector("td:has-text('imu')");
      await page.goto(`${origin}/compare`);
      await page.waitForSelector("text=/^1 of 6 channels differ$/");
      await page.waitForSelector(".pair h2:has-text('frame 5,000 changed')");
      assert.deepEqual(await page.locator(".differences tbody td").allTextContents(), ["seq", "5000", "-1"]);
      await page.keyboard.press("n");
      await page.waitForSelector(".pair h2:has-text('changed at 32.5')");
      assert.deepEqual(await page.locator(".differences tbody td").allTextContents(), ["seq", "25000", "-1"]);
      await keepPicture(page, `compare-${theme}`);
      assert.deepEqual(problems, []);
    }
  },
});

Deno.test({
  name: "a replay with --verify shows where today's code does something else, while it runs",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/then.ts`, NODES("i * 2"));
    Deno.writeTextFileSync(`${folder.path}/now.ts`, NODES("i < 50 ? i * 2 : i * 3"));
    const recorded = await tinman(["run", "then.ts", "--record"], { cwd: folder.path });
    assert.equal(recorded.code, 0, recorded.stderr);
    const words = ["replay", "latest", "now.ts", "--verify", "--speed", "0.5", "--inspect"];
    await using run = await start(words, folder.path);
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(run.url);
    await page.waitForSelector("td:has-text('twice')");
    await page.goto(`${origin}/compare`);
    await page.waitForSelector(".pair h2:has-text('twice: frame 50 changed')");
    assert.deepEqual(await page.locator(".differences tbody td").allTextContents(), ["value", "100", "150"]);
    await keepPicture(page, "compare-verify-light");
    assert.deepEqual(problems, []);
  },
});
