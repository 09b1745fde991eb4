import { assert } from 'chai';
import { beforeEach, describe, test } from 'vitest';
import { type Kms, memoryStore, openKms } from '../../src/index.ts';
import { openEncrypted, rewrapHeader } from '../../src/streams/index.ts';
import { context, decrypted, encrypted, messageStart, pattern, sourceOf } from './flows.ts';

describe('streams under a key of our own service', () => {
  let kms: Kms;
  let keyId: string;
  beforeEach(async () => {
    kms = await openKms({ store: memoryStore() });
    keyId = (await kms.createKey()).KeyMetadata?.KeyId as string;
    await kms.createAlias({ AliasName: 'alias/files', TargetKeyId: keyId });
  });

  test('come back, whole and in parts', async () => {
    const sealed = await encrypted(kms, pattern(100_000));
    assert.deepEqual((await decrypted(kms, sealed, undefined, { KeyId: keyId })).pieces, pattern(100_000));
    const reader = await openEncrypted(kms, sourceOf(sealed), { EncryptionContext: context });
    assert.deepEqual(await reader.read(50_000, 50_100), pattern(100_000).slice(50_000, 50_100));
  });

  test('close with their key and open with it again', async () => {
    const sealed = await encrypted(kms, pattern(100));
    await kms.disableKey({ KeyId: keyId });
    assert.propertyVal((await decrypted(kms, sealed)).error, 'code', 'DisabledException');
    await kms.enableKey({ KeyId: keyId });
    await kms.scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: 7 });
    assert.propertyVal((await decrypted(kms, sealed)).error, 'code', 'KMSInvalidStateException');
    await kms.cancelKeyDeletion({ KeyId: keyId });
    await kms.enableKey({ KeyId: keyId });
    assert.deepEqual((await decrypted(kms, sealed)).pieces, pattern(100));
  });

  test('take data keys of 32 bytes only, and wipe others too', async () => {
    const sealed = await encrypted(kms, pattern(100));
    for (const length of [0, 16, 31, 33, 64]) {
      const handedOut: Uint8Array[] = [];
      const odd = async () => {
        const Plaintext = crypto.getRandomValues(new Uint8Array(length));
        handedOut.push(Plaintext);
        return { Plaintext, CiphertextBlob: new Uint8Array(100) };
      };
      const other = { generateDataKey: odd, decrypt: odd };
      assert.propertyVal((await decrypted(other, sealed)).error, 'code', 'InvalidCiphertextException');
      const made = await encrypted(other, pattern(100)).catch((error: unknown) => error);
      assert.propertyVal(made, 'code', 'KMSInternalException');
      assert.equal(handedOut.length, 2);
      for (const each of handedOut) assert.isTrue(each.every((byte) => byte === 0));
    }
  });

  test('move to another key without a change to their chunks', async () => {
    const sealed = await encrypted(kms, pattern(100));
    const other = (await kms.createKey()).KeyMetadata?.KeyId as string;
    const header = await rewrapHeader(kms, sealed.slice(0, messageStart(sealed)), {
      KeyId: other,
      EncryptionContext: context,
    });
    await kms.disableKey({ KeyId: keyId });
    assert.deepEqual((await decrypted(kms, sealed, undefined, { header, KeyId: other })).pieces, pattern(100));
    assert.propertyVal(
      (await decrypted(kms, sealed, undefined, { KeyId: other })).error,
      'code',
      'IncorrectKeyException',
    );
  });
});
