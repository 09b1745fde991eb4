// The grants of keys: one row each, `<account>/<Region>/<key id>/<grant id>`, so that a key may have very many. They are
// written by drafts, together with the record of their key.
import type { Scope } from '../model/arn.ts';
import type { GrantRecord } from '../model/grant-record.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { Row, Store } from '../store/port.ts';
import type { RowCodec } from './row-codec.ts';
import { grantRef, grantsPrefix, prefixOf } from './tables.ts';

/** Rows of one reading. */
const batch = 1000;

export class Grants {
  readonly #store: Store;
  readonly #codec: RowCodec;
  readonly #scope: Scope;
  /** The record of a key changes with its grants: as long as the record is the same object, so are they. */
  readonly #known = new WeakMap<KeyRecord, Promise<readonly GrantRecord[]>>();

  constructor(store: Store, codec: RowCodec, scope: Scope) {
    this.#store = store;
    this.#codec = codec;
    this.#scope = scope;
  }

  /** All grants of a key. */
  of(key: KeyRecord): Promise<readonly GrantRecord[]> {
    if (!key.grants?.count) return none;
    let grants = this.#known.get(key);
    if (grants === undefined) {
      grants = this.#readAll(key.id);
      this.#known.set(key, grants);
      grants.catch(() => this.#known.delete(key));
    }
    return grants;
  }

  async find(keyId: string, grantId: string): Promise<GrantRecord | undefined> {
    const ref = grantRef(this.#scope, keyId, grantId);
    const [row] = await this.#store.read([ref]);
    return row && this.#codec.decodeOnce(ref, row);
  }

  /**
   * Grants of all keys that are asked for, in the order of key and grant ids.
   * @param after `<key id>/<grant id>`
   */
  async list(
    after: string | undefined,
    limit: number,
    isWanted: (grant: GrantRecord) => boolean,
  ): Promise<readonly GrantRecord[]> {
    const found: GrantRecord[] = [];
    for await (const rows of batches(this.#store, prefixOf(this.#scope), after)) {
      found.push(...(await this.#decode(rows)).filter(isWanted));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async #readAll(keyId: string): Promise<readonly GrantRecord[]> {
    const found: GrantRecord[] = [];
    for await (const rows of batches(this.#store, grantsPrefix(this.#scope, keyId), undefined))
      found.push(...(await this.#decode(rows)));
    return found;
  }

  #decode(rows: readonly Row[]): Promise<readonly GrantRecord[]> {
    return Promise.all(rows.map((row) => this.#codec.decodeOnce({ table: 'grants', id: row.id }, row)));
  }
}

const none: Promise<readonly GrantRecord[]> = Promise.resolve([]);

/** Ids of all grants of a key, unverified: for their removal. */
export async function grantIds(store: Store, scope: Scope, keyId: string): Promise<readonly string[]> {
  const prefix = grantsPrefix(scope, keyId);
  const ids: string[] = [];
  for await (const rows of batches(store, prefix, undefined))
    ids.push(...rows.map(({ id }) => id.slice(prefix.length)));
  return ids;
}

/** Rows whose ids begin with a prefix, up to the first that does not. */
async function* batches(store: Store, prefix: string, after: string | undefined): AsyncGenerator<readonly Row[]> {
  let last = prefix + (after ?? '');
  for (;;) {
    const rows = await store.list('grants', { after: last, limit: batch });
    const ours = rows.filter(({ id }) => id.startsWith(prefix));
    if (ours.length > 0) yield ours;
    if (ours.length < batch) return;
    last = ours.at(-1)?.id ?? last;
  }
}
