// What the streams of one standard AES-GCM message share: where its key, its IV and its additional data come from.
import type { OneTagKey } from '../cipher/one-tag/open.ts';
import { SerializationException } from '../model/errors/index.ts';
import type { Known } from '../model/options.ts';
import { type FlowOptions, flowNames } from './flow-options.ts';
import type { Locking } from './service.ts';

/**
 * The message itself is what AES-GCM gives everywhere: the ciphertext, and 16 bytes of tag behind it. Key, IV and additional data are not
 * in it. A data key of a KMS serves one message: `generateDataKey({ NumberOfBytes: 32 })`.
 */
export interface GcmOptions extends FlowOptions {
  /**
   * 16, 24 or 32 bytes, which are copied: wipe yours. Or an AES-GCM CryptoKey with the usage `encrypt`, which may be non-extractable and
   * serves both directions.
   */
  readonly key: OneTagKey;
  /** Authenticated, not encrypted, not stored; it is held in memory. */
  readonly aad?: Uint8Array | undefined;
  /** Whose data key `key` is. When that service is locked, the stream fails with KeyLocked and lets go of the key. */
  readonly kms?: Locking | undefined;
}

/** Their names. */
export const gcmNames: Known<GcmDecryptOptions> = { key: true, iv: true, aad: true, kms: true, ...flowNames };

/** @throws SerializationException */
export function readLocking(options: { readonly kms?: Locking | undefined }): Locking | undefined {
  const kms = Object.hasOwn(options, 'kms') ? options.kms : undefined;
  if (kms !== undefined && (typeof kms !== 'object' || kms === null))
    throw new SerializationException('kms must be a service that can be locked, such as openKms gives.');
  return kms;
}

export interface GcmEncryptOptions extends GcmOptions {
  /**
   * 12 bytes that were never used under this key. Random ones unless given: then one key is good for 2^32 messages (NIST SP 800-38D,
   * section 8.3). Read it from what `gcmEncryptStream` returns.
   */
  readonly iv?: Uint8Array | undefined;
}

export interface GcmDecryptOptions extends GcmOptions {
  /** The 12 bytes that the message was encrypted with. */
  readonly iv: Uint8Array;
}

/** Bytes in flight: below what makes browsers map fresh memory for each result. */
export const pieceBytes: number = 512 << 10;
/** Pieces in flight, for platforms that hand them to threads. */
export const depth = 2;
export const tagBytes = 16;
