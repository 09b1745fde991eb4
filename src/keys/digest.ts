// Hashes of the platform, by the last part of an algorithm's name.
import type { SigningAlgorithm } from '../model/algorithms.ts';
import type { Bytes } from '../model/shape.ts';

/** `SHA-256`, `SHA-384` or `SHA-512`. */
export const hashOf = (algorithm: SigningAlgorithm): string => `SHA-${algorithm.slice(-3)}`;

/** The hash of a message that belongs to a signing algorithm. */
export async function digest(algorithm: SigningAlgorithm, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await globalThis.crypto.subtle.digest({ name: hashOf(algorithm) }, message));
}

export async function sha256(message: Bytes): Promise<Bytes> {
  return new Uint8Array(await globalThis.crypto.subtle.digest({ name: 'SHA-256' }, message));
}
