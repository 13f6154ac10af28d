import { sourceOf } from "./code_version.ts";

type Code = (...args: never) => unknown;

/** The source of the classes of an instance, from its own up to but not including `base`. */
export function classSources(instance: object, base: unknown): readonly string[] {
  const sources: string[] = [];
  for (let at = instance.constructor as Code; at !== base; at = Object.getPrototypeOf(at)) sources.push(sourceOf(at));
  return sources;
}
