import { defineCommand } from "../command.ts";
import { formFlags, keepForm, meshExits, meshFlags, openMesh } from "../mesh_open.ts";

/** `tinman mesh forms` */
export const meshForms = defineCommand({
  name: "mesh forms",
  summary: "List the forms of a dataset; --form FILE adds one",
  about: "What an admin adds goes to all; records of a form are checked with it when they are written.",
  args: [],
  flags: { ...meshFlags, ...formFlags },
  examples: [["tinman mesh forms --form wells.xlsx", "an XLSForm, in place of an earlier edition of it"]],
  exits: { ...meshExits, 2: "the form cannot be used" },
  json: "object",
  async run(context) {
    const { flags, out, settings } = context;
    await using mesh = await openMesh(context);
    await keepForm(mesh, flags.form, context);
    const forms = await mesh.ask("forms", {});
    if (settings.json) out.json({ v: 1, forms });
    else if (forms.length === 0) out.note("There are no forms. tinman mesh forms --form FILE adds one.");
    else {
      const rows = forms.map(({ id, title, version, fields }) => [id, title, version ?? "–", String(fields)]);
      out.table(["form", "title", "version", "fields"], rows, { right: ["fields"] });
    }
    return 0;
  },
});
