// Material that Node makes as a key of its own and as a CryptoKey of WebCrypto at once. WebCrypto of Node hands every HMAC to a pool of
// threads and back, which takes it several times as long as the HMAC; with the key of its own it is done on the spot. The way back, from
// any CryptoKey to a key of Node, is closed by Node (DEP0204), and rightly: so this is for keys that were made here, as those of a store
// in memory are. Nobody gets such a key from this module: there is only what it computes.

import { type NodeKey, nodeCrypto } from '../cipher/node-crypto.ts';
import { plain } from '../cipher/node-gcm.ts';
import type { Bytes } from '../model/shape.ts';

const handles = new WeakMap<CryptoKey, NodeKey>();

/**
 * Makes an HMAC-SHA-512 key of 256 bits inside of Node, non-extractable, with the one usage `sign`.
 * @returns undefined where this is not Node, or one before 22.10
 */
export function generateNodeMaterial(): CryptoKey | undefined {
  const handle = nodeCrypto?.generateKeySync('hmac', { length: 256 });
  if (typeof handle?.toCryptoKey !== 'function') return undefined;
  const algorithm = { name: 'HMAC', hash: { name: 'SHA-512' }, length: 256 };
  const key = handle.toCryptoKey(algorithm, false, ['sign']);
  handles.set(key, handle);
  return key;
}

/** HMAC-SHA-512 under a key that was made here, or undefined for all others. The message is read at once. */
export function nodeMac(key: CryptoKey): ((message: Bytes) => Bytes) | undefined {
  const handle = handles.get(key);
  if (handle === undefined || nodeCrypto === undefined) return undefined;
  const { createHmac } = nodeCrypto;
  return (message) => plain(createHmac('sha512', handle).update(message).digest());
}
