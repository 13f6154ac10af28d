import type { View } from "../page.ts";

/** Frames of a recording that is replayed are looked up in the recording, which is a source of its own. */
export function recordingView(view: View): View {
  const { source } = view;
  if (source.parts.includes("history")) return view;
  const found = view.sources.find(({ kind, parts }) => kind === "recording" && parts.includes("history"));
  if (found === undefined) return view;
  return { ...view, source: found, get: (path, query) => view.get(`/api/sources/${found.id}/${path}`, query) };
}
