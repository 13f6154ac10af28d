/** What a bundle carries besides code. */
export interface Embedded {
  /** Text files by their path from the root of the source, such as `plugins/csv/plugin.jsonc`. */
  readonly files: Readonly<Record<string, string>>;
}

/** Undefined from source. `deno task compile` puts another module in the place of this one. */
export const embedded: Embedded | undefined = undefined;
