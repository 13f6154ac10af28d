import config from "../../deno.json" with { type: "json" };

/** The version of this tinman. */
export const version: string = config.version;

/** The packages that tinman stands on, by the names it imports them with. */
export const imports: Readonly<Record<string, string>> = config.imports;

/** The modules that others import, by what stands behind `tinman`: `{ ".": "./mod.ts", "./log": … }`. */
export const entryPoints: Readonly<Record<string, string>> = config.exports;
