// A node that comes from a plugin: GPS sentences to fixes, in a sandbox that has nothing but the language.
import { channel, node, pluginNode, replay, run } from "tinman";

const sentences = channel<string>("sentences");
const fixes = channel<{ latitude: number; longitude: number; satellitesUsed: number }>("fixes");

// In the field this is plugin tinman.serial, which needs a grant: tinman plugin grant tinman.serial …
const receiver = node({ out: { sentences } }, async ({ sentences, clock }) => {
  for (const [second, minutes] of ["07.038", "07.041", "07.0x5", "07.044"].entries()) {
    await clock.sleep(10);
    await sentences.publish(withChecksum(`GPGGA,12351${second},48${minutes},N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,`));
  }
});

// It asks for no capability, so it runs in QuickJS: no files, no net, limits on time and memory. Never in our process.
const gps = pluginNode("tinman.nmea", "fixes", { in: { sentences }, out: { fixes } });

const print = node({ in: { fixes } }, {
  fixes: ({ latitude, longitude, satellitesUsed }) =>
    console.log(latitude.toFixed(5), longitude.toFixed(5), `${satellitesUsed} satellites`),
});

const { recording } = await run([receiver, gps, print], { record: "recordings" });

// Like any node it is replayed exactly.
const { verify } = await replay([gps], recording!, { verify: true });
console.log(verify?.divergence === undefined ? "the replay gave the same fixes" : "the replay differs");

function withChecksum(sentence: string): string {
  const sum = new TextEncoder().encode(sentence).reduce((sum, byte) => sum ^ byte, 0);
  return `$${sentence}*${sum.toString(16).padStart(2, "0").toUpperCase()}\r\n`;
}

// prints:
// 48.11730 11.51667 8 satellites
// 48.11735 11.51667 8 satellites
// 48.11740 11.51667 8 satellites
// the replay gave the same fixes
