import type { Topic } from "../topic.ts";
import { TOPIC_SETTINGS } from "../topic_config.ts";

/** All settings of a topic, by name. */
export function describeSettings({ settings }: Topic): { name: string; value: string; isDefault: boolean }[] {
  return Object.entries(TOPIC_SETTINGS).map(([name, { value }]) => {
    const made = settings.get(name);
    return { name, value: made ?? value, isDefault: made === undefined };
  });
}
