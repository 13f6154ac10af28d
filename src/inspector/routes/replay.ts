import { TinmanError } from "../../errors/mod.ts";
import type { ReplaySteering } from "../../telemetry/mod.ts";
import { readJson } from "../body.ts";
import { allowChange, sourceOf, timeNs } from "../context.ts";
import type { AddRoutes } from "./mod.ts";

/** Moves a replay: `{ action: "pause" | "resume" | "step" | "speed" | "seek" | "restart" | "stop", … }`. */
export const replayRoutes: AddRoutes = (app, context) => {
  app.post("/api/sources/:source/replay", async (c) => {
    allowChange(context);
    const sampler = sourceOf(context, c.req.param("source"));
    const { replay } = sampler.observed;
    if (replay === undefined) {
      throw new TinmanError("NOT_FOUND", "Cannot steer this: it is no replay", { kind: "replay", id: sampler.id });
    }
    const said = await readJson(c.req.raw, 4096);
    context.audit(steer(replay, { ...said as object }));
    sampler.sample();
    return c.json(sampler.snapshot.replay);
  });
};

/** Does it, and says what was done. */
function steer(replay: ReplaySteering, said: Readonly<Record<string, unknown>>): string {
  const { action } = said;
  const number = (name: string, max: number) => {
    const value = said[name];
    if (typeof value === "number" && value > 0 && value <= max) return value;
    throw new TinmanError("USAGE", `Cannot read ${name}: it is a number above 0, at most ${max}`, { argument: name });
  };
  if (action === "pause") replay.pause();
  else if (action === "resume") replay.resume();
  else if (action === "stop") replay.stop();
  else if (action === "step") replay.step(Math.ceil(number("frames", 100_000)));
  else if (action === "speed") replay.setSpeed(said.speed === "max" ? Infinity : number("speed", 1e6));
  else if (action === "seek" && replay.seek !== undefined) replay.seek(timeNs(String(said.timeNs), "timeNs"));
  else if (action === "restart" && replay.restart !== undefined) replay.restart(timeNs(String(said.timeNs), "timeNs"));
  else throw new TinmanError("USAGE", "Cannot steer a replay so: there is no such action", { argument: "action" });
  return `replay: ${action}`;
}
