/** One value that a stage or a node of a plugin is configured with: what an editor shows, and what is checked before a start. */
export interface Parameter {
  /** What its value is. `choice` is one of {@linkcode Parameter.choices}; `any` is plain data. */
  readonly type: "number" | "integer" | "boolean" | "text" | "choice" | "numbers" | "list" | "object" | "any";
  /** One line for people. */
  readonly title: string;
  /** Used where the configuration says nothing; without it the configuration has to. */
  readonly default?: unknown;
  /** Whether it may be missing though it has no default. @default {false} */
  readonly optional?: boolean;
  /** Least value, itself allowed; of a list of numbers, that of each. */
  readonly min?: number;
  /** Greatest value, itself allowed. */
  readonly max?: number;
  /** Such as `Hz`, `s`, `dB`. */
  readonly unit?: string;
  /** For `choice`. */
  readonly choices?: readonly string[];
}

/** What the value of a parameter may be. */
export type ParameterType = Parameter["type"];

/** All of {@linkcode ParameterType}. */
export const PARAMETER_TYPES: readonly ParameterType[] = [
  ...["number", "integer", "boolean", "text", "choice", "numbers", "list", "object", "any"] as const,
];

/** Parameters by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Whether a configuration may leave it out. */
export function mayBeMissing(parameter: Parameter): boolean {
  return parameter.optional === true || Object.hasOwn(parameter, "default");
}
