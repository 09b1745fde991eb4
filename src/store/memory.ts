// A store in memory, for tests and for keys that are meant to end with the process.

import type { Row, Store } from './port.ts';
import { rowVersion } from './row-version.ts';

/** Keeps rows, and the handles of CryptoKeys, until the process ends. */
export function memoryStore(): Store {
  const tables = new Map<string, Map<string, Row>>();
  const tableOf = (name: string): Map<string, Row> => {
    const table = tables.get(name) ?? new Map<string, Row>();
    tables.set(name, table);
    return table;
  };
  const copyOf = (row: Row): Row => ({ ...row, value: new Uint8Array(row.value) });

  return {
    holdsCryptoKeys: true,
    async read(refs) {
      return refs.map(({ table, id }) => {
        const row = tableOf(table).get(id);
        return row && copyOf(row);
      });
    },
    async list(table, { after, limit }) {
      const rows = [...tableOf(table).values()].filter((row) => after === undefined || row.id > after);
      rows.sort((a, b) => (a.id < b.id ? -1 : 1));
      return rows.slice(0, limit).map(copyOf);
    },
    async count(table) {
      return tableOf(table).size;
    },
    async commit(checks, writes) {
      const isCurrent = checks.every(({ table, id, version }) => tableOf(table).get(id)?.version === version);
      if (!isCurrent) return false;
      for (const write of writes) {
        const { table, id } = write;
        if (write.value === undefined) tableOf(table).delete(id);
        else
          tableOf(table).set(id, {
            table,
            id,
            version: rowVersion(),
            value: new Uint8Array(write.value),
            key: write.key,
            twin: Object.hasOwn(write, 'twin') ? write.twin : undefined,
          });
      }
      return true;
    },
    async disconnect() {},
  };
}
