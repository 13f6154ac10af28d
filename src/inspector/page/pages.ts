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
  {
    path: "timeline",
    title: "Timeline",
    key: "l",
    suits: ({ parts }) => parts.includes("timeline"),
    load: () => import("./pages/timeline.ts"),
  },
  { path: "plots", title: "Plots", key: "p", load: () => import("./pages/plots.ts") },
  {
    path: "broker",
    title: "Broker",
    key: "b",
    suits: ({ parts }) => parts.includes("broker"),
    load: () => import("./pages/broker.ts"),
  },
  { path: "doctor", title: "Doctor", key: "d", load: () => import("./pages/doctor.ts") },
];
