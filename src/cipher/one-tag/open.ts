// Begins a message with one tag under a key and an IV: by Node's own ciphers, or by WebCrypto wherever it can, else by the core.
import type { Bytes } from '../../model/shape.ts';
import { ivBytes } from '../aead.ts';
import { byteLength, own } from '../arguments.ts';
import { InvalidArgument } from '../errors.ts';
import { openNodeGcm } from '../node-gcm.ts';
import { loadSyncCiphers } from '../wasm-engine.ts';
import { CoreMessage } from './core-message.ts';
import { loadField } from './field.ts';
import type { OneTagMessage } from './message.ts';
import { NodeMessage } from './node-message.ts';
import { type PlatformKeys, PlatformMessage } from './platform-message.ts';

/** The key of one message: 16, 24 or 32 bytes, or an AES-GCM CryptoKey with the usage `encrypt`, which serves both directions. */
export type OneTagKey = Uint8Array | CryptoKey;

export interface OneTagOptions {
  readonly key: OneTagKey;
  /** 12 bytes, never used before under this key to seal. */
  readonly iv: Uint8Array;
  /** Additional data: authenticated, not encrypted. */
  readonly aad?: Uint8Array | undefined;
}

/** Options with bytes of their own. */
export interface OneTagInput {
  readonly key: Bytes | CryptoKey;
  readonly iv: Bytes;
  readonly aad: Bytes;
  /** Zeroes the copy of the key. */
  wipe(): void;
}

/** Reads and copies, before anything is awaited. @throws {InvalidArgument} */
export function readOneTagOptions(options: OneTagOptions): OneTagInput {
  // Own properties, each read once: an IV that a polluted Object.prototype gives would be one IV for all messages.
  const [key, iv, aad] = [own(options, 'key'), own(options, 'iv'), own(options, 'aad')];
  const ownKey = isCryptoKey(key) ? usable(key) : copyOf('key', key);
  if (ownKey instanceof Uint8Array && ![16, 24, 32].includes(ownKey.length))
    throw new InvalidArgument('key', 'must have 16, 24 or 32 bytes, or be an AES-GCM CryptoKey');
  const ivCopy = copyOf('iv', iv);
  if (ivCopy.length !== ivBytes) throw new InvalidArgument('iv', 'must have 12 bytes');
  return {
    key: ownKey,
    iv: ivCopy,
    aad: aad === undefined ? new Uint8Array(0) : copyOf('aad', aad),
    wipe: () => void (ownKey instanceof Uint8Array && ownKey.fill(0)),
  };
}

/**
 * Begins a message. The caller wipes the input when this has settled.
 * @throws {InvalidArgument} @throws {WasmBlocked} where neither the platform nor the core can take the key
 */
export async function beginOneTagMessage({ key, iv, aad }: OneTagInput): Promise<OneTagMessage> {
  const node = key instanceof Uint8Array ? openNodeGcm(key) : undefined;
  if (node !== undefined) return new NodeMessage(node, iv, aad);
  const keys = await platformKeys(key);
  const message = keys && (await PlatformMessage.begin(await loadField(), keys, iv, aad).catch(() => undefined));
  if (message !== undefined) return message;
  if (!(key instanceof Uint8Array))
    throw new InvalidArgument('key', 'must be given as bytes: WebCrypto takes no IVs of 16 bytes here');
  return new CoreMessage((await loadSyncCiphers()).openKey(key), iv, aad);
}

async function platformKeys(key: Bytes | CryptoKey): Promise<PlatformKeys | undefined> {
  if (!(key instanceof Uint8Array)) return { gcm: key, ctr: undefined };
  const { subtle } = globalThis.crypto;
  try {
    const [gcm, ctr] = await Promise.all([
      subtle.importKey('raw', key, { name: 'AES-GCM' }, false, ['encrypt']),
      subtle.importKey('raw', key, { name: 'AES-CTR' }, false, ['encrypt']),
    ]);
    return { gcm, ctr };
  } catch {
    return undefined; // AES-192 in Chromium
  }
}

function copyOf(name: string, bytes: Uint8Array | undefined): Bytes {
  if (bytes === undefined) throw new InvalidArgument(name, 'must be given');
  const copy = new Uint8Array(byteLength(name, bytes));
  copy.set(bytes);
  return copy;
}

const isCryptoKey = (key: OneTagKey | undefined): key is CryptoKey =>
  Object.prototype.toString.call(key) === '[object CryptoKey]';

function usable(key: CryptoKey): CryptoKey {
  if (key.algorithm.name !== 'AES-GCM' || !key.usages.includes('encrypt'))
    throw new InvalidArgument('key', "must be an AES-GCM key with the usage 'encrypt', also for opening");
  return key;
}
