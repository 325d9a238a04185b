/** How one database writes the types that differ. Everything else in a migration is SQL that all of them read. */
export interface ColumnTypes {
  /** `BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT` of the plan. */
  readonly id: string;
  /** A position of the log as a key: never given by the database. */
  readonly position: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly oneOf: (column: string, ...values: string[]) => string;
  readonly json: (column: string) => string;
}

export interface TableDefinition {
  readonly columns: string;
  /** Index name to its columns, comma-separated. */
  readonly indexes?: Readonly<Record<string, string>>;
  readonly unique?: Readonly<Record<string, string>>;
}
