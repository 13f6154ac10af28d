import type { PageEntry } from "./page.ts";

/** All pages, in the order of the navigation. */
export const pages: readonly PageEntry[] = [
  { path: "overview", title: "Overview", key: "o", load: () => import("./pages/overview.ts") },
  {
    path: "graph",
    title: "Graph",
    key: "g",
    suits: ({ kind }) => kind !== "broker",
    load: () => import("./pages/graph.ts"),
  },
  { path: "channels", title: "Channels", key: "c", load: () => import("./pages/channels.ts") },
];
