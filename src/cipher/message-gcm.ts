// AES-256-GCM for messages that each have a key of their own. WebCrypto imports a key for each, which takes it as long as sealing some
// hundred bytes; the WASM core needs no import. So once many messages came, the core is loaded behind their backs, and short ones go
// there. Who seals a few never loads it, and where it cannot be loaded the platform does all.
import type { Bytes } from '../model/shape.ts';
import { crossoverOf, runtimeOf } from './crossover.ts';
import { type Gcm, type GcmNow, nativeGcm } from './native.ts';
import { nodeCrypto } from './node-crypto.ts';
import type { SyncCiphers } from './wasm-engine.ts';

/** Messages after which the core is worth its loading. */
const many = 32;
/** Importing a key costs WebCrypto about as much as this many bytes cost the core. */
const importBytes = 1024;
const longest = crossoverOf(runtimeOf(globalThis as object)) + importBytes;

let count = 0;
let core: SyncCiphers | undefined;

function loadCore(): void {
  import('./wasm-engine.ts')
    .then(({ loadSyncCiphers }) => loadSyncCiphers())
    .then(
      (loaded) => {
        core = loaded;
      },
      () => {}, // blocked, or not to be had: the platform goes on
    );
}

/**
 * What seals or opens one message of `bytes` under a key of its own.
 * @returns makes the cipher of a key of 32 bytes, which the caller wipes when it has it; it is good for one message
 */
export function messageGcm(bytes: number): (key: Bytes) => Promise<Gcm> {
  // Node's own ciphers work at once, too.
  if (nodeCrypto !== undefined || bytes > longest) return nativeGcm;
  if (++count === many) loadCore();
  // Where all its places are taken, as by the data keys of sealers, the platform does what it did before.
  return core === undefined || core.isFull ? nativeGcm : coreGcm(core);
}

const coreGcm =
  (ciphers: SyncCiphers) =>
  async (key: Bytes): Promise<Gcm> => {
    const copy = key.slice();
    const once = (work: 'seal' | 'open', nonce: Bytes, message: Bytes, options: { into?: Bytes }): Bytes => {
      const cipher = ciphers.openKey(copy);
      copy.fill(0);
      try {
        return cipher[work](nonce, message, options) as Bytes;
      } finally {
        cipher.close();
      }
    };
    const now: GcmNow = {
      seal: (nonce, plaintext, into) => void once('seal', nonce, plaintext, { into }),
      open: (nonce, sealed, into) => void once('open', nonce, sealed, { into }),
    };
    return {
      now,
      seal: async (nonce, plaintext) => once('seal', nonce, plaintext, {}),
      open: async (nonce, sealed) => once('open', nonce, sealed, {}),
    };
  };
