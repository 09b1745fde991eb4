// Several stores in one: the tables of each under a prefix of its own.
import type { Store } from './port.ts';

/** @param prefix must not be the beginning of another store's prefix; end it with a character that tables do not have */
export function prefixedStore(store: Store, prefix: string): Store {
  const away = <T extends { readonly table: string }>(ref: T): T => ({ ...ref, table: prefix + ref.table });
  const back = <T extends { readonly table: string }>(ref: T): T => ({ ...ref, table: ref.table.slice(prefix.length) });
  return {
    holdsCryptoKeys: store.holdsCryptoKeys,
    read: async (refs) => (await store.read(refs.map(away))).map((row) => row && back(row)),
    list: async (table, options) => (await store.list(prefix + table, options)).map(back),
    count: (table) => store.count(prefix + table),
    commit: (checks, writes, durability) => store.commit(checks.map(away), writes.map(away), durability),
    disconnect: () => store.disconnect(),
  };
}
