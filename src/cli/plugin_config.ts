import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { ConfigField, ProvidedNode } from "../plugin/mod.ts";

/**
 * A configuration from `key=value` words: text and numbers as they are, lists and objects as JSON. That nothing is missing
 * is seen when the node is opened.
 *
 * @throws {TinmanError} `USAGE`.
 */
export function readConfig(words: readonly string[], { name, config }: ProvidedNode): Record<string, unknown> {
  return Object.fromEntries(words.map((word) => {
    const [, key = "", text] = /^([^=]*)(?:=([^]*))?$/.exec(word)!;
    const field = Object.hasOwn(config, key) ? config[key] : undefined;
    if (field === undefined || text === undefined) {
      const keys = Object.keys(config);
      throw new TinmanError(
        "USAGE",
        `Cannot read --config ${word}: node ${name} takes ${keys.join(", ") || "nothing"}`,
        {
          hint: didYouMean(key, keys) ?? "--config key=value",
        },
      );
    }
    return [key, readValue(text, field.type, word)];
  }));
}

function readValue(text: string, type: ConfigField["type"], word: string): unknown {
  if (type === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    if (type === "any") return text;
    const what = type === "list" ? 'JSON such as ["a", 1]' : type === "object" ? 'JSON such as {"a": 1}' : `a ${type}`;
    throw new TinmanError("USAGE", `Cannot read --config ${word}: expected ${what}`, {});
  }
}
