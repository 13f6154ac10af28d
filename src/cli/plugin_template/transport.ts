import { definePlugin, type Link, type PluginContext } from "tinman/plugin";

export default definePlugin({ transports: { SCHEME: { open } }, nodes: { NAME: exchange } });

/** Opens a link to `SCHEME:…`. This one only sends back what it is sent: put your own device in its place. */
function open(address: string): Promise<Link> {
  const pieces: Uint8Array[] = [];
  let wake = () => {};
  let closed = false;
  const link: Link = {
    kind: "datagrams",
    name: address,
    maxBytes: 500,
    incoming: {
      async *[Symbol.asyncIterator]() {
        while (!closed) {
          while (pieces.length > 0) yield pieces.shift()!;
          if (!closed) await new Promise<void>((resolve) => wake = resolve);
        }
      },
    },
    send(bytes) {
      if (closed) return Promise.reject(new Error(`Cannot send on ${address}: it was closed`));
      // A copy: the bytes belong to the sender again when this resolves.
      pieces.push(bytes.slice());
      wake();
      return Promise.resolve();
    },
    close() {
      closed = true;
      wake();
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => link.close(),
  };
  return Promise.resolve(link);
}

/** Sends each message over a link of its own, and publishes what comes back. */
async function exchange({ in: { requests }, out, config }: PluginContext): Promise<void> {
  const link = await open(String(config.address));
  const answers = link.incoming[Symbol.asyncIterator]();
  for await (const request of requests!) {
    await link.send(request as Uint8Array);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${link.name} was closed`);
    await out.answers?.publish(value);
  }
  await link.close();
}
