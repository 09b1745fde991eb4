// Series of messages under one key and context: the second algorithm of a CiphertextBlob, which bursts of Encrypt and
// GenerateDataKey use.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { flipBit, toHex, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

const context = { EncryptionContext: { note: '17' } };
const isSeries = (blob: Uint8Array): boolean => blob[0] === 0xa1 && blob[1] === 2;
const numberOf = (blob: Uint8Array): string => toHex(blob.subarray(107, 113));

/** Ciphertexts of a burst of 60. */
async function burst() {
  const kms = await newKms();
  const KeyId = await newKey(kms);
  const blobs: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0; i < 60; i++)
    blobs.push((await kms.encrypt({ KeyId, Plaintext: utf8(`message ${i}`), ...context })).CiphertextBlob);
  return { kms, KeyId, blobs, series: blobs.filter(isSeries) };
}

describe('a series', () => {
  test('begins in a burst under one context, and all of it opens', async () => {
    const { kms, blobs, series } = await burst();
    assert.isFalse(isSeries(blobs[0] as Uint8Array));
    assert.isFalse(isSeries(blobs[30] as Uint8Array));
    assert.lengthOf(series, 28);
    for (const [i, CiphertextBlob] of blobs.entries()) {
      const { Plaintext } = await kms.decrypt({ CiphertextBlob, ...context });
      assert.deepEqual(Plaintext, utf8(`message ${i}`));
    }
    // Also in any order.
    for (const [i, CiphertextBlob] of [...blobs.entries()].reverse())
      assert.deepEqual((await kms.decrypt({ CiphertextBlob, ...context })).Plaintext, utf8(`message ${i}`));
  });

  test('gives no number twice, also to calls at the same time', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const replies = await Promise.all(
      Array.from({ length: 300 }, () => kms.encrypt({ KeyId, Plaintext: utf8('x'), ...context })),
    );
    const series = replies.map(({ CiphertextBlob }) => CiphertextBlob).filter(isSeries);
    assert.isAtLeast(series.length, 200);
    const nonces = series.map((blob) => toHex(blob.subarray(51, 75)) + numberOf(blob));
    assert.equal(new Set(nonces).size, series.length);
  });

  test('ends with its context: another one has another key, and an interrupted one begins anew', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const salts = new Set<string>();
    for (const note of ['a', 'b', 'a']) {
      for (let i = 0; i < 40; i++) {
        const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: { note } });
        if (isSeries(CiphertextBlob)) salts.add(toHex(CiphertextBlob.subarray(51, 75)));
      }
    }
    assert.equal(salts.size, 3);
  });

  test('authenticates every bit, and the encryption context', async () => {
    const { kms, series } = await burst();
    const blob = series[3] as Uint8Array<ArrayBuffer>;
    for (let bit = 0; bit < blob.length * 8; bit += 3) {
      const name = bit >= 24 && bit < 19 * 8 ? 'AccessDeniedException' : 'InvalidCiphertextException';
      await assertFails(kms.decrypt({ CiphertextBlob: flipBit(blob, bit), ...context }), name);
    }
    await assertFails(kms.decrypt({ CiphertextBlob: blob }), 'InvalidCiphertextException');
    await assertFails(
      kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { note: '18' } }),
      'InvalidCiphertextException',
    );
    for (const length of [blob.length - 1, 129, 128, 113, 107, 52])
      await assertFails(
        kms.decrypt({ CiphertextBlob: blob.slice(0, length), ...context }),
        'InvalidCiphertextException',
      );
    // The number of another message of the series.
    const other = series[4] as Uint8Array;
    const mixed = Uint8Array.from([...blob.subarray(0, 107), ...other.subarray(107, 113), ...blob.subarray(113)]);
    await assertFails(kms.decrypt({ CiphertextBlob: mixed, ...context }), 'InvalidCiphertextException');
    // After all that the right one still opens.
    assert.deepEqual((await kms.decrypt({ CiphertextBlob: blob, ...context })).Plaintext.length, 10);
  });

  test('goes on for data keys, and through ReEncrypt', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    for (let i = 0; i < 40; i++) {
      const { CiphertextBlob, Plaintext } = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', ...context });
      const opened = await kms.decrypt({ CiphertextBlob, ...context });
      assert.deepEqual(opened.Plaintext, Plaintext);
      const moved = await kms.reEncrypt({
        CiphertextBlob,
        SourceEncryptionContext: context.EncryptionContext,
        DestinationKeyId: KeyId,
      });
      assert.deepEqual((await kms.decrypt({ CiphertextBlob: moved.CiphertextBlob })).Plaintext, Plaintext);
    }
  });
});
