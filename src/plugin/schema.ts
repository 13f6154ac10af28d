import text from "./plugin.schema.json" with { type: "text" };

/** The JSON Schema of `plugin.jsonc`, for editors. */
export const pluginSchema: string = text;
