import { assert } from 'chai';
import { describe, test } from 'vitest';
import { concat } from '../../src/formats/bytes.ts';
import { openEncrypted } from '../../src/streams/index.ts';
import {
  type Bytes,
  chunk,
  chunkStart,
  context,
  decrypted,
  encrypted,
  messageStart,
  pattern,
  sealedChunk,
  sourceOf,
} from './flows.ts';
import { type PaperKms, paperKms } from './paper-kms.ts';

const plaintext = pattern(20 * chunk + 100);

/** Decrypts a forgery, and checks that what was released is the true beginning of the plaintext. */
async function codeOf(kms: PaperKms, forged: Bytes, expected: Uint8Array = plaintext): Promise<string> {
  const { pieces, error } = await decrypted(kms, forged, [50_000]);
  assert.isTrue(pieces.length <= expected.length && pieces.every((byte, index) => byte === expected[index]));
  return (error as { code: string }).code;
}

const flipped = (bytes: Bytes, at: number): Bytes => {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};

describe('a stream that was changed', () => {
  test('every single changed byte of the front is the same error', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20));
    const texts = new Set<string>();
    for (let at = 0; at < sealed.length; at++) {
      const { pieces, error } = await decrypted(kms, flipped(sealed, at));
      assert.equal(pieces.length, 0, `byte ${at}`);
      const { name, code, message } = error as { name: string; code: string; message: string };
      texts.add([name, code, message, Object.keys(error as object).join(), String((error as Error).cause)].join('|'));
    }
    assert.equal(texts.size, 1, [...texts].join('\n'));
    assert.include([...texts][0], 'InvalidCiphertextException');
  });

  test('every length but the whole is refused', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20));
    for (let length = 0; length < sealed.length; length++) {
      const code = await codeOf(kms, sealed.slice(0, length), pattern(20));
      assert.equal(
        code,
        length === chunkStart(sealed, 0) ? 'StreamTruncated' : 'InvalidCiphertextException',
        `${length} bytes`,
      );
    }
  });

  test('truncation between chunks has a name of its own; within a chunk it is as any change', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, plaintext);
    for (const chunks of [0, 1, 15, 16, 17, 20]) {
      const border = chunkStart(sealed, chunks);
      assert.equal(await codeOf(kms, sealed.slice(0, border)), 'StreamTruncated');
      for (const length of [border + 1, border + 15, border + 16, border - 1]) {
        if (length <= chunkStart(sealed, 0)) continue;
        assert.equal(await codeOf(kms, sealed.slice(0, length)), 'InvalidCiphertextException');
      }
    }
  });

  test('trailing bytes, and a second stream behind the first, are refused', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, plaintext);
    for (const trailing of [1, 15, 16, sealedChunk, 40 * sealedChunk]) {
      assert.include(
        ['InvalidCiphertextException', 'StreamTruncated'],
        await codeOf(kms, concat(sealed, pattern(trailing))),
      );
    }
    assert.equal(await codeOf(kms, concat(sealed, sealed)), 'InvalidCiphertextException');
  });

  test('chunks that change places, come twice, or are missing are refused', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, plaintext);
    const at = (index: number) => sealed.slice(chunkStart(sealed, index), chunkStart(sealed, index + 1));
    const front = sealed.slice(0, chunkStart(sealed, 0));
    const forgeries = {
      swapped: concat(front, at(1), at(0), sealed.slice(chunkStart(sealed, 2))),
      twice: concat(front, at(0), at(0), sealed.slice(chunkStart(sealed, 1))),
      missing: concat(front, sealed.slice(chunkStart(sealed, 1))),
      'last chunk moved forward': concat(front, at(0), sealed.slice(chunkStart(sealed, 20))),
      'swapped far behind': concat(
        sealed.slice(0, chunkStart(sealed, 17)),
        at(18),
        at(17),
        sealed.slice(chunkStart(sealed, 19)),
      ),
    };
    for (const [name, forged] of Object.entries(forgeries))
      assert.equal(await codeOf(kms, forged), 'InvalidCiphertextException', name);
  });

  test('an empty chunk in the middle or a full chunk at the end cannot be made from parts', async () => {
    const kms = await paperKms();
    const whole = await encrypted(kms, pattern(2 * chunk));
    // The last chunk of two full ones is empty: 16 bytes of tag.
    assert.equal(whole.length - chunkStart(whole, 2), 16);
    const empty = whole.slice(chunkStart(whole, 2));
    assert.equal(await codeOf(kms, whole.slice(0, chunkStart(whole, 2)), pattern(2 * chunk)), 'StreamTruncated');
    assert.equal(await codeOf(kms, concat(whole, empty), pattern(2 * chunk)), 'InvalidCiphertextException');
    const moved = concat(whole.slice(0, chunkStart(whole, 1)), empty, whole.slice(chunkStart(whole, 1)));
    assert.equal(await codeOf(kms, moved, pattern(2 * chunk)), 'InvalidCiphertextException');
  });

  test('another encryption context, or a part of it, does not open', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20));
    for (const EncryptionContext of [{}, { note: 'n-1' }, { ...context, note: 'n-2' }, { ...context, more: '' }]) {
      const { error } = await decrypted(kms, sealed, undefined, { EncryptionContext });
      assert.propertyVal(error, 'code', 'InvalidCiphertextException');
    }
    const { pieces } = await decrypted(kms, sealed, undefined, { EncryptionContext: { kind: 'file', note: 'n-1' } });
    assert.deepEqual(pieces, pattern(20));
  });

  test('the message commits to the context even where the KMS does not check it', async () => {
    const kms = await paperKms();
    const careless = {
      generateDataKey: () => kms.generateDataKey({ KeyId: 'k', NumberOfBytes: 32 }),
      decrypt: ({ CiphertextBlob }: { CiphertextBlob: Uint8Array }) => kms.decrypt({ CiphertextBlob }),
    };
    const sealed = await encrypted(careless, pattern(20));
    assert.deepEqual((await decrypted(careless, sealed)).pieces, pattern(20));
    const { error } = await decrypted(careless, sealed, undefined, { EncryptionContext: { note: 'n-2' } });
    assert.propertyVal(error, 'code', 'InvalidCiphertextException');
  });

  test('the wrapped data key of another stream does not open this one', async () => {
    const kms = await paperKms();
    const [a, b] = [await encrypted(kms, pattern(20)), await encrypted(kms, pattern(20))];
    assert.equal(
      await codeOf(kms, concat(a.slice(0, messageStart(a)), b.slice(messageStart(b)))),
      'InvalidCiphertextException',
    );
  });

  test('a data key that is not 32 bytes long does not open', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20));
    const short = { decrypt: async () => ({ Plaintext: new Uint8Array(31) }) };
    const none = { decrypt: async () => ({}) };
    for (const opener of [short, none])
      assert.propertyVal((await decrypted(opener, sealed)).error, 'code', 'InvalidCiphertextException');
  });

  test('the error of the AWS client is answered as our own', async () => {
    const theirs = Object.assign(new Error('UnknownError'), {
      name: 'InvalidCiphertextException',
      $metadata: { requestId: 'r' },
    });
    const kms = await paperKms();
    const { error } = await decrypted({ decrypt: () => Promise.reject(theirs) }, await encrypted(kms, pattern(20)));
    assert.notEqual(error, theirs);
    assert.propertyVal(error, 'message', 'The ciphertext is not valid for this key and encryption context.');
  });

  test('a disabled key is told as what it is', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20));
    kms.isEnabled = false;
    assert.propertyVal((await decrypted(kms, sealed)).error, 'code', 'DisabledException');
    const refused = await openEncrypted(kms, sourceOf(sealed), { EncryptionContext: context }).catch(
      (error: unknown) => error,
    );
    assert.propertyVal(refused, 'code', 'DisabledException');
  });

  test('an unknown format asks the KMS nothing', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20));
    for (const at of [0, 1]) await decrypted(kms, flipped(sealed, at));
    await decrypted(kms, concat(Uint8Array.of(0xa2, 1, 0, 0), sealed.slice(4)));
    await decrypted(kms, concat(Uint8Array.of(0xa2, 1, 0x18, 1), new Uint8Array(6145), sealed.slice(64)));
    assert.deepEqual(kms.calls, ['generateDataKey']);
  });
});
