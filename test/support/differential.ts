// One random message through the core, whole and in pieces, and through node:crypto. Node only.
import { type CipherGCMTypes, createCipheriv, randomBytes, randomInt } from 'node:crypto';
import type { TagLength } from '../../src/cipher/aead.ts';
import type { SyncCiphers } from '../../src/cipher/wasm-engine.ts';

/** Lengths crowd where the code takes turns: around blocks, batches, and the sizes where another path begins. */
function randomLength(): number {
  const kind = randomInt(100);
  if (kind < 60) return randomInt(320);
  if (kind < 97) return randomInt(2_500);
  return kind < 99 ? randomInt(40_000) : randomInt(150_000);
}

function describeCase(parts: Record<string, number | string>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** Throws, with all lengths in the message, where anything differs. */
export function compareOnce(ciphers: SyncCiphers, count: number): void {
  const keyBytes = [16, 24, 32][randomInt(3)] as number;
  const tagLength = randomInt(4) === 0 ? (randomInt(12, 17) as TagLength) : 16;
  const key = randomBytes(keyBytes);
  const iv = randomBytes(randomInt(3) === 0 ? randomInt(1, 80) : 12);
  const aad = randomBytes(randomInt(3) === 0 ? 0 : randomInt(randomInt(50) === 0 ? 9_000 : 80));
  const plaintext = randomBytes(randomLength());
  const lengths = { count, key: keyBytes, iv: iv.length, aad: aad.length, plaintext: plaintext.length, tag: tagLength };
  const check = (what: string, actual: Uint8Array, wanted: Uint8Array): void => {
    if (Buffer.compare(actual, wanted) !== 0)
      throw new Error(`${what} differs: ${describeCase(lengths)}, key ${key.toString('hex')}`);
  };

  const reference = createCipheriv(`aes-${8 * keyBytes}-gcm` as CipherGCMTypes, key, iv, { authTagLength: tagLength });
  reference.setAAD(aad);
  const expected = Buffer.concat([reference.update(plaintext), reference.final(), reference.getAuthTag()]);

  const cipher = ciphers.openKey(key);
  try {
    check('seal', cipher.seal(iv, plaintext, { aad, tagLength }), expected);
    check('open', cipher.open(iv, expected, { aad, tagLength }), plaintext);
    if (count % 4 === 0) {
      const isSeal = count % 8 === 0;
      const source = isSeal ? plaintext : expected.subarray(0, plaintext.length);
      const stream = isSeal ? cipher.sealStream(iv) : cipher.openStream(iv);
      for (let at = 0; at < aad.length; ) {
        const length = Math.min(1 + randomInt(40), aad.length - at);
        stream.aad(aad.subarray(at, at + length));
        at += length;
      }
      const result = Buffer.alloc(plaintext.length);
      for (let at = 0; at < source.length; ) {
        const length = Math.min(1 + randomInt(count % 16 === 0 ? 50 : 1_000), source.length - at);
        stream.update(source.subarray(at, at + length), result.subarray(at));
        at += length;
      }
      check('stream', result, isSeal ? expected.subarray(0, plaintext.length) : plaintext);
      if ('final' in stream && isSeal)
        check(
          'tag',
          (stream as { final(length: TagLength): Uint8Array }).final(tagLength),
          expected.subarray(plaintext.length),
        );
      else (stream as { final(tag: Uint8Array): void }).final(expected.subarray(plaintext.length));
    }
    if (count % 16 === 3 && iv.length === 12) {
      const records = [plaintext.subarray(0, randomInt(300)), plaintext, randomBytes(randomInt(200))];
      const ivs = randomBytes(36);
      const packed = cipher.sealMany(ivs, records, { aad, tagLength });
      let at = 0;
      const sealed = records.map((record, i) => {
        const one = cipher.seal(ivs.subarray(12 * i, 12 * i + 12), record, { aad, tagLength });
        check('sealMany', packed.subarray(at, at + one.length), one);
        at += one.length;
        return one;
      });
      check('openMany', cipher.openMany(ivs, sealed, { aad, tagLength }), Buffer.concat(records));
    }
  } finally {
    cipher.close();
  }
}
