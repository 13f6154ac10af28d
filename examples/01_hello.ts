// Two nodes and a channel. No files, no network, nothing to set up.
import { channel, node, run } from "tinman";

const messages = channel<string>("messages");

const producer = node({ out: { messages } }, async ({ messages }) => {
  for (let i = 0; i < 3; i++) await messages.publish(`message ${i}`);
});

const consumer = node({ in: { messages } }, async ({ messages }) => {
  for await (const message of messages) console.log(`got: ${message}`);
});

await run([producer, consumer]);

// prints:
// got: message 0
// got: message 1
// got: message 2
