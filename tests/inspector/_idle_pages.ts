import { encodeLive } from "../../src/inspector/page/live_message.ts";
import type { Inspected } from "./_inspected.ts";

/** A socket as a script opens it. The types of browsers, which are known here too, have no headers. */
export function openSocket({ url, token }: Pick<Inspected, "url" | "token">): WebSocket {
  const options = { headers: { authorization: `Bearer ${token}` } };
  return new WebSocket(new URL("/live", url.replace(/^http/, "ws")), options as unknown as string[]);
}

/** So many pages that asked for snapshots until their credit is used up, as those in the background do; disposed of, they close. */
export async function openIdlePages(run: Pick<Inspected, "url" | "token">, count: number): Promise<AsyncDisposable> {
  const sockets = Array.from({ length: count }, () => openSocket(run));
  await Promise.all(sockets.map((socket) =>
    new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    })
  ));
  const open = { op: "open", topic: "snapshot", source: "1", credit: 16 };
  for (const socket of sockets) socket.send(encodeLive(1, { json: open }));
  return {
    async [Symbol.asyncDispose]() {
      const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.onclose = resolve)));
      for (const socket of sockets) socket.close();
      await closed;
    },
  };
}

/** Values a second that went through all channels of a run, seen from outside. */
export async function measureRate({ url, token }: Pick<Inspected, "url" | "token">, ms: number): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const ask = async () => (await (await fetch(new URL("/api/sources/1", url), { headers })).json()).totals.count;
  const [before, beganMs] = [await ask(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, ms));
  return (await ask() - before) / (performance.now() - beganMs) * 1000;
}
