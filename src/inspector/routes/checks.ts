import { TinmanError } from "../../errors/mod.ts";
import type { Check, CheckList } from "../../telemetry/mod.ts";
import { sourceOf } from "../context.ts";
import type { AddRoutes } from "./mod.ts";

/** What can be checked: of the machine, and of what is looked at. */
export const checkRoutes: AddRoutes = (app, context, { checks = [] }) => {
  const listsOf = (source: string): readonly CheckList[] => [
    ...checks,
    ...sourceOf(context, source).observed.checks ?? [],
  ];
  // What takes long is done once for all who wait for it.
  const running = new Map<CheckList, Promise<readonly Check[]>>();
  const run = (list: CheckList) => {
    const known = running.get(list);
    if (known !== undefined) return known;
    const begun = (async () => await list.run())().finally(() => running.delete(list));
    running.set(list, begun);
    return begun;
  };
  app.get("/api/sources/:source/checks", (c) => {
    const lists = listsOf(c.req.param("source")).map(({ id, title, about, isSlow }) => ({ id, title, about, isSlow }));
    return c.json({ lists });
  });
  app.get("/api/sources/:source/checks/:list", async (c) => {
    const id = c.req.param("list");
    const list = listsOf(c.req.param("source")).find((each) => each.id === id);
    if (list === undefined) {
      throw new TinmanError("NOT_FOUND", "Cannot check this: there is no such list", { kind: "checks", id });
    }
    return c.json({ checks: await run(list) });
  });
};
