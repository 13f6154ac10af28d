import config from "../deno.json" with { type: "json" };

/** The version of this tinman. */
export const VERSION: string = config.version;
