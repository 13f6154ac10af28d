import { TinmanError } from "../../errors/mod.ts";
import type { Access } from "../access.ts";
import { type App, type InspectorContext, sourceOf } from "../context.ts";
import { chooseSubprotocol, SUBPROTOCOLS } from "./protocol.ts";
import type { FoxgloveServer } from "./server.ts";

/** The socket for Foxglove, and where it is. */
export function foxgloveRoutes(
  app: App,
  { context, access, server }: {
    readonly context: InspectorContext;
    readonly access: Access;
    readonly server: FoxgloveServer;
  },
): void {
  app.get("/foxglove", (c) => {
    const source = c.req.query("source");
    const sampler = source === undefined ? firstLive(context) : sourceOf(context, source);
    const protocol = chooseSubprotocol(c.req.header("sec-websocket-protocol") ?? null);
    const { upgrade } = c.env ?? {};
    if (upgrade === undefined || protocol === undefined) {
      const message = `this is a WebSocket with the subprotocol ${SUBPROTOCOLS.join(" or ")}`;
      return c.json({ error: { code: "USAGE", message } }, 426);
    }
    if (server.isFull) {
      throw new TinmanError("UNAVAILABLE", "Cannot connect: too many programs listen", { what: "foxglove" });
    }
    upgrade(server.take(sampler, protocol));
    return c.body(null, 204);
  });
  app.get("/api/foxglove", (c) => {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    return c.json({ url: `ws://${host}/foxglove?token=${access.viewToken}`, clients: server.size });
  });
}

/** What is not over yet, first. */
function firstLive({ sources }: InspectorContext) {
  const all = [...sources.values()];
  return all.find(({ observed }) => observed.kind !== "recording") ?? all[0]!;
}
