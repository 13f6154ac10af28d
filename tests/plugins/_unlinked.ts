import { spawnPlugin } from "../../src/platform/mod.ts";
import type { FromGuest, Guest, ToGuest } from "../../src/plugin/protocol.ts";
import { relayText } from "../../src/plugin/relay.ts";
import type { Effective } from "../../src/plugin/resolve.ts";
import { denoFlags, needsFlags, workerPermissions } from "../../src/plugin/tier.ts";
import { createWireReader, createWireWriter } from "../../src/plugin/wire.ts";

/** A plugin's process whose modules nobody has looked at: only the runtime stands between it and the machine. */
export function openUnlinked({ effective = {} }: { effective?: Effective } = {}): Guest {
  const child = spawnPlugin({
    flags: denoFlags(effective),
    permissions: workerPermissions(effective),
    needsFlags: needsFlags(effective),
    env: effective.env?.allow ?? [],
    memoryMB: 48,
  });
  const writer = createWireWriter(1e8);
  const reader = createWireReader(1e8);
  const stdin = child.stdin.getWriter();
  stdin.closed.catch(() => {});
  const granted = Object.keys(effective);
  const text = new TextEncoder().encode(relayText({ granted, maxSentBytes: 1e7, maxTakenBytes: 1e8 }));
  stdin.write(new Uint8Array(new Uint32Array([text.length]).buffer)).catch(() => {});
  stdin.write(text).catch(() => {});
  let closed = false;
  const listen = async () => {
    let problem: Error | undefined;
    try {
      for await (const chunk of child.stdout) {
        reader.push(chunk);
        for (let message; (message = reader.next() as FromGuest | undefined) !== undefined;) {
          if (!closed) guest.onMessage(message);
        }
      }
    } catch (error) {
      problem = error as Error;
    }
    child.kill();
    const { code } = await child.exited;
    if (!closed) guest.onGone(problem ?? new Error(`ended with code ${code}`));
  };
  const errors = child.stderr.pipeTo(new WritableStream());
  const guest: Guest = {
    tier: "process",
    onMessage: () => {},
    onGone: () => {},
    post(message: ToGuest) {
      writer.put(message[0] === "load" ? ["load", unlinked(message[1])] : message);
      stdin.write(writer.take()).catch(() => {});
    },
    async close() {
      closed = true;
      child.kill();
      stdin.close().catch(() => {});
      await Promise.all([child.exited, listening, errors]);
    },
    [Symbol.asyncDispose]: () => guest.close(),
  };
  const listening = listen();
  return guest;
}

function unlinked(modules: readonly { readonly name: string; readonly code: string }[]) {
  const parts = modules.map(({ name, code }) => {
    const pieces = code.split("tinman/plugin");
    return { name, code: pieces, imports: pieces.slice(1).map(() => -1) };
  });
  return [null, parts];
}
