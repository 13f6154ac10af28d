import type { PageEntry } from "./page.ts";

/** All pages, in the order of the navigation. */
export const pages: readonly PageEntry[] = [
  {
    path: "overview",
    title: "Overview",
    key: "o",
    suits: ({ kind }) => kind !== "mesh",
    load: () => import("./pages/overview.ts"),
  },
  {
    path: "graph",
    title: "Graph",
    key: "g",
    suits: ({ kind }) => kind !== "broker" && kind !== "mesh",
    load: () => import("./pages/graph.ts"),
  },
  {
    path: "channels",
    title: "Channels",
    key: "c",
    suits: ({ kind }) => kind !== "mesh",
    load: () => import("./pages/channels.ts"),
  },
  {
    path: "timeline",
    title: "Timeline",
    key: "l",
    suits: ({ parts }) => parts.includes("timeline"),
    load: () => import("./pages/timeline.ts"),
  },
  {
    path: "compare",
    title: "Compare",
    key: "v",
    suits: ({ parts }) => parts.includes("timeline"),
    load: () => import("./pages/compare.ts"),
  },
  {
    path: "plots",
    title: "Plots",
    key: "p",
    suits: ({ kind }) => kind !== "mesh",
    load: () => import("./pages/plots.ts"),
  },
  {
    path: "broker",
    title: "Broker",
    key: "b",
    suits: ({ parts }) => parts.includes("broker"),
    load: () => import("./pages/broker.ts"),
  },
  {
    path: "mesh",
    title: "Mesh",
    key: "m",
    suits: ({ parts }) => parts.includes("mesh"),
    load: () => import("./pages/mesh.ts"),
  },
  {
    path: "plugins",
    title: "Plugins",
    key: "u",
    suits: ({ parts }) => parts.includes("plugins"),
    load: () => import("./pages/plugins.ts"),
  },
  { path: "doctor", title: "Doctor", key: "d", load: () => import("./pages/doctor.ts") },
];
