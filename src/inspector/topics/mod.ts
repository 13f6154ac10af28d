import type { InspectorContext } from "../context.ts";
import type { Topic } from "../live.ts";
import { plotTopic, spectrumTopic } from "./plot.ts";
import { snapshotTopic } from "./snapshot.ts";
import { tailTopic } from "./tail.ts";

/** What a page can listen to on the live socket, by name. */
export function topics(context: InspectorContext): Readonly<Record<string, Topic>> {
  return {
    snapshot: snapshotTopic(context),
    tail: tailTopic(context),
    plot: plotTopic(context),
    spectrum: spectrumTopic(context),
  };
}
