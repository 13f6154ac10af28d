// A codec of a plugin: GPS sentences as they come from the receiver, checked when they are written and when they are read.
import { channel, createEnvironment, node, pluginCodec, run } from "tinman";
import { openRecordingWith } from "tinman/log";

interface Sentence {
  start: "$" | "!";
  talker: string;
  type: string;
  fields: readonly string[];
}

const sentences = channel<Sentence>("sentences", { codec: await pluginCodec<Sentence>("tinman.nmea", "sentence") });

const receiver = node({ out: { sentences } }, async ({ sentences }) => {
  for (const utc of ["120000", "120001", "120002"]) {
    const fields = ["0322.800", "S", "02921.600", "E", utc, "A"];
    await sentences.publish({ start: "$", talker: "GP", type: "GLL", fields });
  }
});

const { recording } = await run([receiver], { record: "recordings" });

// The recording names the plugin and its hash; registryFor loads it, if this project has it.
const { files, registryFor } = createEnvironment();
using log = await openRecordingWith(files, recording!, { registryFor });
const { codec } = log.channels.find(({ name }) => name === "sentences")!;
console.log(`${codec?.codec} of ${codec?.plugin?.id}`);
for (const { data } of log.frames({ channels: ["sentences"] })) console.log(new TextDecoder().decode(data).trim());
for await (const { value } of log.values<Sentence>("sentences")) console.log(value.type, value.fields[4]);

// prints:
// tinman.nmea/sentence of tinman.nmea
// $GPGLL,0322.800,S,02921.600,E,120000,A*31
// $GPGLL,0322.800,S,02921.600,E,120001,A*30
// $GPGLL,0322.800,S,02921.600,E,120002,A*33
// GLL 120000
// GLL 120001
// GLL 120002
