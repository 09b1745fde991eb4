// The core has places for a limited number of keys, and data keys of sealers hold theirs for minutes. Whoever needs a key for one
// message does without the core then: a genuine ciphertext that is called forged would be taken for lost.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { SyncAead } from '../../src/cipher/aead.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { decrypt, encrypt, rawAesKeyring } from '../../src/esdk/index.ts';
import { aesKeyring, decryptObject, encryptObject } from '../../src/s3/index.ts';
import { flipBit, random, toHex } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

async function whileFull(work: () => Promise<void>): Promise<void> {
  const ciphers = await loadSyncCiphers();
  const open: SyncAead[] = [];
  while (!ciphers.isFull) open.push(ciphers.openKey(random(32)));
  try {
    await work();
  } finally {
    for (const cipher of open) cipher.close();
  }
}

describe('with every place in the core taken', () => {
  test('ciphertexts of the KMS are made and opened', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const Plaintext = random(100);
    // After some messages the core is loaded, and takes the short ones.
    for (let i = 0; i < 40; i++) await kms.encrypt({ KeyId, Plaintext });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    await whileFull(async () => {
      assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
      const another = await kms.encrypt({ KeyId, Plaintext });
      assert.deepEqual((await kms.decrypt(another)).Plaintext, Plaintext);
      await assertFails(
        kms.decrypt({ CiphertextBlob: flipBit(CiphertextBlob, 8 * CiphertextBlob.length - 1) }),
        'InvalidCiphertextException',
      );
    });
  });

  test('messages of the Encryption SDK are written and read', async () => {
    const keyring = rawAesKeyring({ keyNamespace: 'space', keyName: 'name', wrappingKey: random(32) });
    const plaintext = random(10_000);
    const before = await encrypt(keyring, plaintext, { frameLength: 1000 });
    await whileFull(async () => {
      const written = await encrypt(keyring, plaintext, { frameLength: 1000 });
      for (const message of [before, written])
        assert.equal(toHex((await decrypt(keyring, message)).plaintext), toHex(plaintext));
      await assertFails(decrypt(keyring, flipBit(before, 8 * 2000)), 'InvalidCiphertextException');
    });
  });

  test('objects of S3 are written and read', async () => {
    const keyring = aesKeyring(random(32));
    const plaintext = random(1000);
    const before = await encryptObject(plaintext, { keyring });
    await whileFull(async () => {
      const written = await encryptObject(plaintext, { keyring });
      for (const object of [before, written])
        assert.equal(toHex(await decryptObject(object, { keyring })), toHex(plaintext));
    });
  });
});
