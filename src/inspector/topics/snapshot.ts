import { type InspectorContext, sourceOf } from "../context.ts";
import type { Topic } from "../live.ts";

/** `{ source }`: the snapshot of a source after each look. */
export function snapshotTopic(context: InspectorContext): Topic {
  return ({ source }) => {
    const sampler = sourceOf(context, source);
    let told = -1;
    return {
      poll() {
        if (told === sampler.version) return undefined;
        told = sampler.version;
        return { json: sampler.json };
      },
      [Symbol.dispose]() {},
    };
  };
}
