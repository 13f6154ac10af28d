/** One record as it is exported. Fields have the keys of entries: `household/member[1]/age`. */
export interface ExportRecord {
  /** What identifies it. */
  readonly id: string;
  /** The id of its form. */
  readonly form: string;
  /** Who made it. */
  readonly createdBy: string;
  /** When, as RFC 3339 has it. */
  readonly createdAt?: string;
  /** Values by their key. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What was remarked on it, oldest first. */
  readonly notes?: readonly ExportNote[];
  /** Its files. */
  readonly attachments?: readonly ExportAttachment[];
}

/** What somebody remarked on a record. */
export interface ExportNote {
  /** The remark. */
  readonly text: string;
  /** Who made it. */
  readonly by?: string;
  /** When, as RFC 3339 has it. */
  readonly at?: string;
}

/** A file of a record. */
export interface ExportAttachment {
  /** What fields call it. */
  readonly name: string;
  /** Its size. */
  readonly bytes?: number;
  /** What names its content where it is kept. */
  readonly blob?: string;
}
