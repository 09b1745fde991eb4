import { assert } from 'chai';
import { describe, test } from 'vitest';
import { concat } from '../../src/formats/bytes.ts';
import { openEncrypted, rewrapHeader } from '../../src/streams/index.ts';
import { context, decrypted, encrypted, messageStart, pattern, sourceOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

describe('rewrapHeader', () => {
  test('a new header opens the same chunks, in place or kept beside', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(20_000));
    const header = await rewrapHeader(kms, sealed, { KeyId: 'alias/other', EncryptionContext: context });
    assert.notDeepEqual(header, sealed.slice(0, header.length));
    const replaced = concat(header, sealed.slice(messageStart(sealed)));
    assert.deepEqual((await decrypted(kms, replaced)).pieces, pattern(20_000));
    assert.deepEqual((await decrypted(kms, sealed, undefined, { header })).pieces, pattern(20_000));
    const reader = await openEncrypted(kms, sourceOf(sealed), { EncryptionContext: context, header });
    assert.deepEqual(reader.header, header);
    assert.deepEqual(await reader.read(0, 20_000), pattern(20_000));
    assert.isTrue(kms.handedOut.every((key) => key.every((byte) => byte === 0)));
  });

  test('the header of another stream does not open these chunks', async () => {
    const kms = await paperKms();
    const [a, b] = [await encrypted(kms, pattern(10)), await encrypted(kms, pattern(10))];
    const header = b.slice(0, messageStart(b));
    assert.propertyVal((await decrypted(kms, a, undefined, { header })).error, 'code', 'InvalidCiphertextException');
  });

  test('what is not a header is refused', async () => {
    const kms = await paperKms();
    for (const bytes of [new Uint8Array(0), new Uint8Array(100), Uint8Array.of(0xa2, 1, 0, 9, 1)]) {
      const error = await rewrapHeader(kms, bytes, { KeyId: 'k' }).catch((reason: unknown) => reason);
      assert.propertyVal(error, 'code', 'InvalidCiphertextException');
    }
  });
});
