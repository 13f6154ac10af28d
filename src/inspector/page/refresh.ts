/// <reference lib="dom" />
import type { View } from "./page.ts";

/** Options of {@linkcode refresh}. */
export interface RefreshOptions<T> {
  /** What is asked for, as for {@linkcode View.get}. */
  readonly path: string;
  /** Asked for anew each time. @default {nothing} */
  readonly query?: () => Readonly<Record<string, string | number | undefined>>;
  /** From an answer to the next question. @default {1000} */
  readonly everyMs?: number;
  readonly onData: (data: T) => void;
  /** It goes on asking. @default {it says so once} */
  readonly onError?: (error: Error) => void;
}

/** Asks for something again and again, one question at a time and none while nobody sees the page. Ends with the view. */
export function refresh<T>(view: View, options: RefreshOptions<T>): { now(): void; stop(): void } {
  const { path, query = () => ({}), everyMs = 1000, onData } = options;
  let isOver = false, isAsking = false, isWanted = false, said = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onError = options.onError ?? ((error: Error) => {
    if (error.message !== said) view.say(said = error.message);
  });
  const ask = async () => {
    clearTimeout(timer);
    if (isAsking) return void (isWanted = true);
    if (isOver || document.hidden) return;
    isAsking = true;
    try {
      const data = await view.get(path, query());
      // What was asked for before somebody wanted something else is not shown.
      if (!isOver && !isWanted) onData(data as T);
    } catch (error) {
      if (!isOver) onError(error as Error);
    }
    isAsking = false;
    if (isOver) return;
    if (isWanted) {
      isWanted = false;
      return void ask();
    }
    timer = setTimeout(() => void ask(), everyMs);
  };
  const seen = () => void ask();
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
  document.addEventListener("visibilitychange", seen);
  view.signal.addEventListener("abort", stop);
  void ask();
  return { now: () => void ask(), stop };
}
