// Goal: somebody sees what is wrong with this machine and a recording, with what to do. Method: a recording with a flipped bit,
// checked on the page in a real browser; pictures are kept in screenshots/ for people to look at.
import assert from "node:assert/strict";
import { temporaryFolder } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { start } from "./_inspected.ts";
import { writeDrive } from "./_recordings.ts";

const NODES = `import { channel, node } from "tinman";
const gps = channel("gps");
export default [
  node({ out: { gps } }, async function receiver({ gps, clock }) {
    for await (const _ of clock.every(5)) await gps.publish({ lat: 52.5, lon: 13.4, note: "x".repeat(500) });
  }),
  node({ in: { gps } }, { gps() {} }),
];
`;

Deno.test({
  name: "the doctor checks the machine at once, and a recording when somebody asks, and says what to do",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/nodes.ts`, NODES);
    const torn = `${folder.path}/recordings/torn`;
    writeDrive(torn, 100);
    const manifest = Deno.readTextFileSync(`${torn}/recording.json`);
    Deno.writeTextFileSync(`${torn}/recording.json`, manifest.replace('"clean": true', '"clean": false'));
    await using browser = await openBrowser();
    {
      await using run = await start(["run", "nodes.ts", "--inspect", "--record"], folder.path);
      const { page, problems } = await openPage(browser, new URL(run.url).origin, { theme: "dark" });
      await page.goto(run.url);
      await page.waitForSelector("td:has-text('gps')");
      await page.keyboard.press("d");
      await page.waitForSelector(".checks li:has-text('disk')");
      // What this very run is writing has not ended, which is as it should be.
      await page.waitForSelector("li[data-level=warn]:has-text('2 recordings'):has-text('still being written: torn')");
      await page.waitForSelector(".pill:has-text('1 to look at')");
      await keepPicture(page, "doctor-dark");
      assert.deepEqual(problems, []);
    }
    Deno.removeSync(torn, { recursive: true });
    flipBit(`${folder.path}/recordings`);
    await using look = await start(["inspect", "latest", "--no-open"], folder.path);
    const { origin } = new URL(look.url);
    for (const size of [{ width: 1280, height: 800 }, { width: 1024, height: 600 }]) {
      const { page, problems } = await openPage(browser, origin, { size });
      await page.goto(look.url);
      await page.waitForSelector("td:has-text('gps')");
      await page.goto(`${origin}/doctor`);
      await page.waitForSelector("text=not checked yet");
      await page.click("text=Check it now");
      await page.waitForSelector("li[data-level=fail] .fix:has-text('tinman log recover')");
      await page.waitForSelector(".pill[data-state=failed]:has-text('wrong')");
      await keepPicture(page, `doctor-${size.width === 1280 ? "light" : "small"}`);
      assert.deepEqual(problems, []);
    }
  },
});

/** Changes one bit in the largest file of the only recording. */
function flipBit(recordings: string): void {
  const [{ name }] = [...Deno.readDirSync(recordings)] as [Deno.DirEntry];
  const files = [...Deno.readDirSync(`${recordings}/${name}`)].map((file) => `${recordings}/${name}/${file.name}`);
  const [largest] = files.toSorted((a, b) => Deno.statSync(b).size - Deno.statSync(a).size);
  const bytes = Deno.readFileSync(largest!);
  bytes[1000]! ^= 1;
  Deno.writeFileSync(largest!, bytes);
}
