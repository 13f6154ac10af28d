/** One record as it is exported. Fields have the keys of entries: `household/member[1]/age`. */
export interface ExportRecord {
  readonly id: string;
  /** The id of its form. */
  readonly form: string;
  /** Who made it. */
  readonly createdBy: string;
  /** When, as RFC 3339 has it. */
  readonly createdAt?: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly notes?: readonly ExportNote[];
  readonly attachments?: readonly ExportAttachment[];
}

/** What somebody remarked on a record. */
export interface ExportNote {
  readonly text: string;
  readonly by?: string;
  readonly at?: string;
}

/** A file of a record. */
export interface ExportAttachment {
  readonly name: string;
  readonly bytes?: number;
  readonly sha256?: string;
}
