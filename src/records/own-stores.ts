// The library's own object store in a database of records.
import { reserved } from './schema.ts';

/** Single rows: `schema` and `rewrap`. */
export const stateStore: string = `${reserved}state`;

/** Names of the stores that hold records. */
export const recordStores = (names: DOMStringList): string[] =>
  Array.from(names).filter((name) => !name.startsWith(reserved));
