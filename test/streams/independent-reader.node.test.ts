// A reader of the format that shares nothing with ours: node:crypto and the text of docs/formats.md.
import { createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { chunk, context, encrypted, pattern } from './flows.ts';

/** @param dataKeyOf opens the wrapped data key */
function readStream(stream: Buffer, dataKeyOf: (blob: Buffer) => Buffer, pairs: [string, string][]): Buffer {
  if (stream.readUInt16BE(0) !== 0xa201) throw new Error('format');
  const n = stream.readUInt16BE(2);
  const key = dataKeyOf(stream.subarray(4, 4 + n));
  const length = (text: string) => Buffer.from([text.length >> 8, text.length & 255]);
  const sorted = pairs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const encoded = sorted.flatMap(([name, value]) => [
    length(name),
    Buffer.from(name),
    length(value),
    Buffer.from(value),
  ]);
  const count = pairs.length === 0 ? [] : [Buffer.from([pairs.length >> 8, pairs.length & 255])];
  const salt = stream.subarray(4 + n, 28 + n);
  const info = Buffer.concat([
    Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'),
    salt,
    Buffer.from([0xa2, 1]),
    ...count,
    ...encoded,
  ]);
  const t1 = createHmac('sha512', key).update(info).update('\x01').digest();
  const okm = Buffer.concat([t1, createHmac('sha512', key).update(t1).update(info).update('\x02').digest()]);
  if (!timingSafeEqual(okm.subarray(44, 76), stream.subarray(28 + n, 60 + n))) throw new Error('commitment');
  const parts: Buffer[] = [];
  for (let at = 60 + n, k = 0n; ; at += 16_400, k++) {
    const sealed = stream.subarray(at, at + 16_400);
    const nonce = Buffer.from(okm.subarray(32, 44));
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ k, 4);
    const decipher = createDecipheriv('aes-256-gcm', okm.subarray(0, 32), nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    parts.push(decipher.update(sealed.subarray(0, -16)), decipher.final());
    if (sealed.length < 16_400) return Buffer.concat(parts);
  }
}

describe('an independent reader', () => {
  for (const length of [0, 1, chunk, 300 * chunk + 3]) {
    test(`reads ${length} bytes that we wrote`, async () => {
      const key = randomBytes(32);
      const kms = {
        generateDataKey: async () => ({
          Plaintext: new Uint8Array(key),
          CiphertextBlob: new TextEncoder().encode('blob'),
        }),
      };
      const sealed = Buffer.from(await encrypted(kms, pattern(length)));
      assert.equal(sealed.subarray(4, 8).toString(), 'blob');
      const opened = readStream(sealed, () => key, Object.entries(context));
      assert.isTrue(opened.equals(pattern(length)));
    });
  }
});
