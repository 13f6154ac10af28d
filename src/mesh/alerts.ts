import type { MeshEvent } from "./event.ts";

type Sayable = Pick<MeshEvent, "kind" | "payload">;

/** Which events must not wait for others: notes that say so. What is sealed tells it to those who can open it. (SPEC K5) */
export class Alerts {
  readonly #sealed = new WeakSet<object>();

  /** Whether an event of the feeds must not wait. */
  has(event: MeshEvent): boolean {
    return event.kind === "sealed" ? this.#sealed.has(event) : isUrgent(event);
  }

  /** Remembers what was in a sealed event, and gives it back. Opening anew for each contact would take too long. */
  note<T extends Sayable | undefined>(event: object, opened: T): T {
    if (opened !== undefined && isUrgent(opened)) this.#sealed.add(event);
    return opened;
  }
}

/** Whether something that was said must not wait. */
export function isUrgent({ kind, payload }: Sayable): boolean {
  return kind === "note.add" && payload?.urgent === true;
}
