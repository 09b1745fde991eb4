// Decoding of RSAES-OAEP in software (RFC 8017, section 7.1.2), for platforms that cut the zeros off the front of a plaintext
// (WebKitGTK). The encoded message is walked to its end whatever is found in it, so that failures are told apart by nobody.
import { decodePkcs8 } from '../formats/key-der.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { exclusiveOr, hashOf, mask } from './rsa-padding.ts';
import { rsaPrivate } from './rsa-raw.ts';

/** @returns the plaintext, or undefined for every failure */
export async function openOaep(
  spec: PairSpec,
  pkcs8: Bytes,
  hash: string,
  ciphertext: Bytes,
): Promise<Bytes | undefined> {
  const encoded = rsaPrivate(decodePkcs8(spec, pkcs8), ciphertext);
  const emptyLabel = await hashOf(hash, new Uint8Array(0));
  const seedEnd = 1 + emptyLabel.length;
  const maskedBlock = encoded.slice(seedEnd);
  const seed = exclusiveOr(encoded.slice(1, seedEnd), await mask(hash, maskedBlock, emptyLabel.length));
  const block = exclusiveOr(maskedBlock, await mask(hash, seed, maskedBlock.length));
  encoded.fill(1, 1);
  let wrong = encoded[0] as number;
  for (let i = 0; i < emptyLabel.length; i++) wrong |= (block[i] as number) ^ (emptyLabel[i] as number);
  // Zeros up to the first 1: `start` stops there, and anything else before it is wrong.
  let isBefore = 1;
  let start = emptyLabel.length;
  for (let i = emptyLabel.length; i < block.length; i++) {
    const byte = block[i] as number;
    const isOne = Number(byte === 1);
    wrong |= isBefore & Number(byte > 1);
    start += isBefore;
    isBefore &= 1 - isOne;
  }
  wrong |= isBefore;
  const plaintext = block.slice(start);
  block.fill(0);
  return wrong === 0 ? plaintext : undefined;
}
