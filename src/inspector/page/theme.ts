/// <reference lib="dom" />
const KEY = "tinman-theme";
const THEMES = ["system", "light", "dark"] as const;

/** Uses the theme that was chosen last. */
export function useTheme(): void {
  const theme = chosen();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Uses the next one, and says which it is. */
export function nextTheme(): string {
  const theme = THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length]!;
  localStorage.setItem(KEY, theme);
  useTheme();
  return theme;
}

function chosen(): typeof THEMES[number] {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? "system";
}
