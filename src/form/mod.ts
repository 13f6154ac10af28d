/**
 * Schemas of records: read from XLSForms and XForms, entries compared with them, records exported in the shapes that
 * people use. Bytes and values in, values and text out; see [SUPPORTED.md](SUPPORTED.md) for what of ODK's dialect there is.
 *
 * @module
 */
export { type FormImport, importForm, type ImportFormOptions, readForm } from "./import.ts";
export { readFormSchema } from "./read_schema.ts";
export { formatProblem, type FormProblem } from "./problems.ts";
export {
  type FieldType,
  fieldTypes,
  type FormChoice,
  type FormField,
  type FormGroup,
  type FormSchema,
  type FormValue,
  isAsked,
  nameOf,
  parentOf,
  textIn,
  type Texts,
} from "./schema.ts";
export { formatValue, type ParsedValue, parseValue, unfit } from "./value.ts";
export {
  checkEntry,
  type CheckEntryOptions,
  type EntryCheck,
  type EntryProblem,
  type EntryRule,
  formatEntryProblem,
} from "./check.ts";
export { type ReadEntry, readEntry, readEntryTable } from "./entries.ts";
export { type ExportAttachment, type ExportNote, type ExportRecord } from "./record.ts";
export { type CsvRow, formatCsvRow, guardCell, parseCsv, separatorOf, unguardCell } from "./csv.ts";
export { csvTables, exportCsv, type ExportCsvOptions } from "./export_csv.ts";
export { exportGeoJson, type ExportGeoJsonOptions } from "./export_geojson.ts";
export { exportJsonLines } from "./export_jsonl.ts";
