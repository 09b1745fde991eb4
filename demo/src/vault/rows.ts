// The vault's own rows of files, beside the keys and apart from them: for each its encrypted label and where its content lies. Ids
// and dates are in clear; names and types are not.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

type Bytes = Uint8Array<ArrayBuffer>;

/** Where content is stored, as an encrypted stream. */
export interface Body {
  readonly at: 'opfs' | 'chunks';
  readonly how: 'stream';
  readonly length: number;
  readonly sample: Bytes;
  /** The header of the stream in use, where its data key was wrapped anew after the file was written. */
  readonly header?: Bytes;
}

export interface ItemRow {
  readonly id: string;
  readonly kind: 'file';
  readonly keyId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** CiphertextBlob of the label. */
  readonly label: Bytes;
  readonly body: Body;
}

export interface VaultSchema extends DBSchema {
  items: { key: string; value: ItemRow };
  /** Pieces of encrypted streams where the browser has no file system for pages. */
  pieces: { key: [id: string, index: number]; value: Bytes };
}

export type Rows = IDBPDatabase<VaultSchema>;

export const openRows = (): Promise<Rows> =>
  openDB<VaultSchema>('vault', 1, {
    upgrade(database) {
      database.createObjectStore('items', { keyPath: 'id' });
      database.createObjectStore('pieces');
    },
  });
