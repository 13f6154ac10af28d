import type { Page } from "./page.ts";
import { channels } from "./pages/channels.ts";
import { graph } from "./pages/graph.ts";
import { overview } from "./pages/overview.ts";

/** All pages, in the order of the navigation. */
export const pages: readonly Page[] = [overview, graph, channels];
