// Writing a keyring as a whole: every row that is there is part of the condition, so the store is the old one or the new one, and
// nothing that another tab did meanwhile is lost.
import type { Check, Ref, Row, Store, Write } from '../store/port.ts';
import { allRows } from './row-digest.ts';

/** Every table that a keyring writes. */
export const allTables: readonly string[] = [
  'keyring',
  'keys',
  'aliases',
  'grants',
  'uses',
  'materials',
  'copies',
  'slots',
];

const nameOf = ({ table, id }: Ref): string => `${table}/${id}`;

/** All rows of a store. */
export class WholeStore {
  readonly rows: ReadonlyMap<string, Row>;

  private constructor(rows: ReadonlyMap<string, Row>) {
    this.rows = rows;
  }

  static async read(store: Store): Promise<WholeStore> {
    const rows = new Map<string, Row>();
    for (const table of allTables) for await (const row of allRows(store, table)) rows.set(nameOf(row), row);
    return new WholeStore(rows);
  }

  get(ref: Ref): Row | undefined {
    return this.rows.get(nameOf(ref));
  }

  *table(name: string): Generator<Row> {
    for (const row of this.rows.values()) if (row.table === name) yield row;
  }

  /** Last uses are written behind everybody's back, and are no reason to begin again. */
  get checks(): readonly Check[] {
    return [...this.rows.values()]
      .filter(({ table }) => table !== 'uses')
      .map(({ table, id, version }) => ({ table, id, version }));
  }

  /** Removes what is there and is not written. */
  replacedBy(writes: readonly Write[]): readonly Write[] {
    const written = new Set(writes.map(nameOf));
    const gone = [...this.rows.values()].filter((row) => !written.has(nameOf(row)));
    return [...gone.map(({ table, id }) => ({ table, id })), ...writes];
  }
}
