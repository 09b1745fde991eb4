// The vault's own rows, beside the keys and apart from them: for each item its encrypted label and its encrypted content, or
// where the content lies. Ids and dates are in clear; names, types and texts are not.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

type Bytes = Uint8Array<ArrayBuffer>;

/** Where and how content is stored. `blob`: one CiphertextBlob. `stream`: an encrypted stream. */
export type Body =
  | { readonly at: 'row'; readonly how: 'blob' | 'stream'; readonly bytes: Bytes }
  | { readonly at: 'opfs' | 'chunks'; readonly how: 'stream'; readonly length: number; readonly sample: Bytes };

export interface ItemRow {
  readonly id: string;
  readonly kind: 'note' | 'file';
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
