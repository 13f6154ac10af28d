/** Something that is looked at when somebody asks, and says what is not as it should be. It changes nothing. */
export interface CheckList {
  /** Its name in a path: letters alone. */
  readonly id: string;
  /** For people. */
  readonly title: string;
  /** What it looks at, and what that costs. */
  readonly about: string;
  /** Whether it takes long: then nobody asks but a person. */
  readonly isSlow: boolean;
  /** Looks. */
  run(): Promise<readonly Check[]> | readonly Check[];
}

/** One thing that was looked at. */
export interface Check {
  readonly level: "ok" | "warn" | "fail";
  /** What was looked at. */
  readonly name: string;
  /** What was found. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}
