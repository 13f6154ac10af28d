/// <reference lib="dom" />
import { h, setText } from "./dom.ts";
import { ApiError, type View } from "./page.ts";

/** Edits the configuration of a pipeline that runs: what would change is shown before anything does. */
export async function openPipelineEditor({ get, post, say, signal }: View): Promise<void> {
  const { text } = await get("pipeline") as { text: string };
  const field = h("textarea", {
    class: "mono",
    rows: "18",
    cols: "72",
    spellcheck: "false",
    "aria-label": "configuration",
  });
  field.value = text;
  const said = h("pre", { class: "diff", "aria-live": "polite" });
  const [show, apply] = [
    h("button", { text: "Show what changes" }),
    h("button", { class: "main", text: "Apply", disabled: true }),
  ];
  const dialog = h(
    "dialog",
    { class: "editor", "aria-label": "pipeline", onClose: () => dialog.remove() },
    h("h2", { text: "The pipeline that runs" }),
    field,
    said,
    h(
      "div",
      { class: "row" },
      show,
      apply,
      h("span", { class: "grow" }),
      h("button", { text: "Close", onClick: () => dialog.close() }),
    ),
  );
  const tell = (lines: readonly string[]) => {
    said.replaceChildren(...lines.flatMap((line) => [h("span", { "data-sign": line[0] ?? "", text: line }), "\n"]));
  };
  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      const problems = error instanceof ApiError && error.problems.length > 0
        ? error.problems
        : [(error as Error).message];
      tell(problems.map((problem) => `✕ ${problem}`));
    }
  };
  field.addEventListener("input", () => apply.disabled = true);
  show.addEventListener("click", () =>
    attempt(async () => {
      const { lines } = await post("pipeline/diff", { text: field.value }) as { lines: string[] };
      tell(lines.length === 0 ? ["nothing changes"] : lines);
      apply.disabled = lines.length === 0;
    }));
  apply.addEventListener("click", () =>
    attempt(async () => {
      apply.disabled = true;
      setText(apply, "Applying…");
      try {
        await post("pipeline", { text: field.value });
        say("The pipeline works on the new configuration");
        dialog.close();
      } finally {
        setText(apply, "Apply");
      }
    }));
  signal.addEventListener("abort", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}
