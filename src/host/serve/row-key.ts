// Names of rows as keys of an ordered byte store: the table, a zero byte, the id in the order that the port asks for.
import { concat, utf8 } from '../../formats/bytes.ts';
import type { Bytes } from '../../model/shape.ts';
import { decodeOrderedId, encodeOrderedId } from '../../store/ordered-id.ts';

export const encodeRowKey = (table: string, id: string): Bytes => concat(utf8(`${table}\0`), encodeOrderedId(id));

/** Greater than every key of the table. */
export const tableEnd = (table: string): Bytes => concat(utf8(table), Uint8Array.of(1));

/** The id of a key of the table. */
export const decodeRowKey = (table: string, key: Uint8Array): string =>
  decodeOrderedId(key.subarray(utf8(table).length + 1));
