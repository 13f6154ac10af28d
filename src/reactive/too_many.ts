import { TinmanError } from "../errors/mod.ts";

/** Throws when a builder would hold more than it may. */
export function checkRoom(held: number, { max, builder, option }: { max: number; builder: string; option: string }) {
  if (held < max) return;
  throw new TinmanError("TOO_LARGE", `Cannot build ${JSON.stringify(builder)}: it holds ${held} items`, {
    limit: max,
    actual: held + 1,
    hint: `\`${option}\` lets it hold more`,
  });
}
