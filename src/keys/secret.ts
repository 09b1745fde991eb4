// The secret of one KMS key while a keyring is open: handles of the platform where the row holds them, or bytes under a wrapping
// key, which are opened for one use and wiped. Handles are non-extractable, whichever way they came.
import type { Bytes } from '../model/shape.ts';

/** An algorithm with every parameter that an import takes. */
export type KeyAlgorithmOf =
  | { readonly name: 'HMAC'; readonly hash: { readonly name: string }; readonly length: number }
  | { readonly name: 'RSA-OAEP' | 'RSASSA-PKCS1-v1_5' | 'RSA-PSS'; readonly hash: { readonly name: string } }
  | { readonly name: 'ECDSA' | 'ECDH'; readonly namedCurve: string }
  | { readonly name: 'Ed25519' };

export type SecretUsage = 'sign' | 'decrypt' | 'deriveBits';

export class Secret {
  readonly #handles: readonly CryptoKey[];
  readonly #open: (() => Promise<Bytes>) | undefined;
  readonly #imported = new Map<string, Promise<CryptoKey>>();

  /**
   * @param handles what the row holds of the platform
   * @param open the bytes (PKCS#8, or those of a MAC key) where the row holds them wrapped; called once for each use
   */
  constructor(handles: readonly CryptoKey[], open: (() => Promise<Bytes>) | undefined) {
    this.#handles = handles;
    this.#open = open;
  }

  /** True where the platform holds the key, and no bytes are kept. */
  get isHeld(): boolean {
    return this.#open === undefined;
  }

  /**
   * The key as a handle of the platform for one algorithm, imported at the first use where it lies wrapped.
   * @throws DOMException (NotSupportedError and others) where the platform cannot hold it
   */
  async handle(algorithm: KeyAlgorithmOf, usage: SecretUsage): Promise<CryptoKey> {
    const held = this.#handles.find((key) => fits(key, algorithm, usage));
    if (held) return held;
    const name = `${nameOf(algorithm)} ${usage}`;
    const known = this.#imported.get(name);
    if (known) return known;
    const importing = this.use((bytes) => {
      const format = algorithm.name === 'HMAC' ? 'raw' : 'pkcs8';
      return globalThis.crypto.subtle.importKey(format, bytes, algorithm, false, [usage]);
    });
    this.#imported.set(name, importing);
    // What failed once may work later.
    importing.catch(() => this.#imported.delete(name));
    return importing;
  }

  /** Opens the bytes for one use, and wipes them when it has ended. */
  async use<T>(body: (bytes: Bytes) => T | Promise<T>): Promise<T> {
    if (this.#open === undefined) throw new Error('The key lies in the platform and has no bytes.');
    const bytes = await this.#open();
    try {
      return await body(bytes);
    } finally {
      bytes.fill(0);
    }
  }
}

/** One text for each algorithm: what must agree between a stored handle and the algorithm it is used for. */
function nameOf(algorithm: KeyAlgorithm): string {
  const { name, hash, namedCurve } = algorithm as KeyAlgorithm & Partial<HmacKeyAlgorithm & EcKeyAlgorithm>;
  return `${name} ${Object.hasOwn(algorithm, 'hash') ? hash?.name : ''} ${Object.hasOwn(algorithm, 'namedCurve') ? namedCurve : ''}`;
}

/** True where a stored handle is what keyhaven stored: of this algorithm, for this one usage, and non-extractable. */
function fits(key: CryptoKey, algorithm: KeyAlgorithmOf, usage: SecretUsage): boolean {
  return (
    !key.extractable &&
    key.usages.length === 1 &&
    key.usages[0] === usage &&
    nameOf(key.algorithm) === nameOf(algorithm)
  );
}
