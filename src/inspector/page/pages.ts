import type { Page } from "./page.ts";
import { overview } from "./pages/overview.ts";

/** All pages, in the order of the navigation. */
export const pages: readonly Page[] = [overview];
