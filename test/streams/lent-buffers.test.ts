// Buffers that serve again and again for plaintext hold nothing of it when a stream is over, however it ends.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { hmacPrf } from '../../src/cipher/hmac.ts';
import { concat } from '../../src/formats/bytes.ts';
import { batchChunks, chunksHere } from '../../src/streams/chunks.ts';
import { openPieces, sealPieces } from '../../src/streams/message.ts';
import { takeFrom } from '../../src/streams/take.ts';
import { failure } from '../support/errors.ts';
import { type Bytes, chunk, pattern } from './flows.ts';

const context = new Uint8Array(3);
const prf = await hmacPrf(new Uint8Array(32).fill(5));
const takeAll = (bytes: Bytes) => {
  const pieces = [bytes];
  return takeFrom(async () => pieces.shift());
};
async function seal(plaintext: Bytes): Promise<Bytes> {
  const salt = new Uint8Array(24).fill(6);
  const parts: Bytes[] = [];
  for await (const part of sealPieces(prf, salt, context, takeAll(plaintext), chunksHere, () => {}, false))
    parts.push(part);
  return concat(...parts);
}
const open = (sealed: Bytes) => openPieces(prf, context, takeAll(sealed), chunksHere, () => {}, true);
const isZero = (buffer: ArrayBuffer): boolean => new Uint8Array(buffer).every((byte) => byte === 0);

describe('a lent buffer', () => {
  test('is wiped where its piece was read and nothing more is wanted', async () => {
    const opened = open(await seal(pattern(40 * chunk)));
    const { buffer } = (await opened.next()).value as Bytes;
    assert.isFalse(isZero(buffer));
    await opened.return();
    assert.isTrue(isZero(buffer));
  });

  test('is wiped where what was to come into it next does not open', async () => {
    const sealed = await seal(pattern(batchChunks * chunk + 9));
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    const opened = open(sealed);
    const { buffer } = (await opened.next()).value as Bytes;
    assert.propertyVal(await failure(opened.next()), 'code', 'InvalidCiphertextException');
    assert.isTrue(isZero(buffer));
  });

  test('that took the plaintext in is wiped where all is sealed, and where the reader goes before', async () => {
    for (const isLeft of [false, true]) {
      const blocks: Bytes[] = [];
      const watched: typeof chunksHere = (key) => {
        const chunks = chunksHere(key);
        return {
          ...chunks,
          block(length) {
            const block = chunks.block(length);
            blocks.push(block);
            return block;
          },
        };
      };
      const salt = new Uint8Array(24).fill(6);
      const sealed = sealPieces(prf, salt, context, takeAll(pattern(40 * chunk)), watched, () => {}, false);
      for (let part = 0; part < 2; part++) await sealed.next();
      assert.isTrue(blocks.some(({ buffer }) => !isZero(buffer)));
      if (isLeft) await sealed.return();
      else for await (const _ of sealed);
      for (const { buffer } of blocks) assert.isTrue(isZero(buffer));
    }
  });
});
