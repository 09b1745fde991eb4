// When keys were last used. A use must not cost a write: one goes to the store at most once for each key, operation and minute,
// relaxed and behind the caller's back. What this process saw itself is exact; after a crash, or in another tab, the answer may
// be a minute old.
import type { Scope } from '../model/arn.ts';
import type { LastUse } from '../model/key-record.ts';
import type { Store } from '../store/port.ts';
import { remember } from './remember.ts';
import type { RowCodec } from './row-codec.ts';
import { keyRef, useRef } from './tables.ts';

const minute = 60_000;

export class LastUses {
  readonly #store: Store;
  readonly #codec: RowCodec;
  readonly #scope: Scope;
  readonly #seen = new Map<string, LastUse>();
  /** The minute of the last write, by key and operation. */
  readonly #written = new Map<string, number>();

  constructor(store: Store, codec: RowCodec, scope: Scope) {
    this.#store = store;
    this.#codec = codec;
    this.#scope = scope;
  }

  /** Remembers a use. Nothing waits for it, and nothing fails with it. */
  record(keyId: string, use: LastUse): void {
    remember(this.#seen, keyId, use);
    const name = `${keyId}/${use.operation}`;
    const now = Math.floor(use.at / minute);
    if (this.#written.get(name) === now) return;
    remember(this.#written, name, now);
    this.#write(keyId, use).catch(() => this.#written.delete(name));
  }

  /** The last use, or undefined where there was none. */
  async of(keyId: string): Promise<LastUse | undefined> {
    const ref = useRef(this.#scope, keyId);
    const [row] = await this.#store.read([ref]);
    const stored = row && (await this.#codec.decodeOnce(ref, row));
    const seen = this.#seen.get(keyId);
    return stored === undefined || (seen !== undefined && seen.at >= stored.at) ? seen : stored;
  }

  async #write(keyId: string, use: LastUse): Promise<void> {
    const ref = useRef(this.#scope, keyId);
    const value = await this.#codec.encode(ref, use);
    const key = keyRef(this.#scope, keyId);
    // Nobody waits for this: the key may be gone when it comes to it, and then nothing of it must come back.
    for (let tries = 0; tries < 3; tries++) {
      const [row] = await this.#store.read([key]);
      if (row === undefined) return;
      const check = { ...key, version: row.version };
      if (await this.#store.commit([check], [{ ...ref, value }], 'relaxed')) return;
    }
  }
}
