import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { Parameter } from "../parameter/mod.ts";
import type { ProvidedNode } from "../plugin/mod.ts";

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

function readValue(text: string, type: Parameter["type"], word: string): unknown {
  if (type === "text" || type === "choice") return text;
  try {
    return JSON.parse(text);
  } catch {
    if (type === "any") return text;
    const examples: Partial<Record<Parameter["type"], string>> = {
      list: 'JSON such as ["a", 1]',
      numbers: "JSON such as [1, 2.5]",
      object: 'JSON such as {"a": 1}',
      boolean: "true or false",
      integer: "a whole number",
    };
    throw new TinmanError("USAGE", `Cannot read --config ${word}: expected ${examples[type] ?? `a ${type}`}`, {});
  }
}
