// One service for each account and Region, opened when first called, all over one store.
import type { Kms } from '../../kms/kms.ts';
import { openKms } from '../../kms/open.ts';
import type { Scope } from '../../model/arn.ts';
import type { Store } from '../../store/port.ts';
import { prefixedStore } from '../../store/prefixed.ts';

export interface RealmsOptions {
  readonly store: Store;
  readonly clock: () => number;
  /** Wraps key material, where the store holds bytes only. */
  readonly root: CryptoKey | undefined;
}

export class Realms {
  readonly #options: RealmsOptions;
  readonly #opened = new Map<string, Promise<Kms>>();

  constructor(options: RealmsOptions) {
    this.#options = options;
  }

  /** The id of the next key that is made; then ids are random again. */
  nextKeyId: string | undefined;

  find({ accountId, region }: Scope): Promise<Kms> {
    const name = `${accountId}/${region}/`;
    const known = this.#opened.get(name);
    if (known) return known;
    const { store, clock, root } = this.#options;
    const opening = openKms({
      store: keepOpen(prefixedStore(store, name)),
      accountId,
      region,
      clock,
      root,
      newKeyId: () => this.#takeKeyId(),
    });
    this.#opened.set(name, opening);
    // What failed once may work at the next call.
    opening.catch(() => this.#opened.delete(name));
    return opening;
  }

  #takeKeyId(): string | undefined {
    const id = this.nextKeyId;
    this.nextKeyId = undefined;
    return id;
  }
}

/** A service that lets go of its connection must not close the files under the others. */
const keepOpen = (store: Store): Store => ({ ...store, disconnect: async () => {} });
