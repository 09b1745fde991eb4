// GCM does not commit to its key: one ciphertext and tag can be made to open under two keys ("invisible salamanders", Dodis,
// Grubbs, Ristenpart, Woodage, CRYPTO 2018). Made here for real, such a ciphertext opens under both message keys, and our
// format refuses it under all but the one that its commitment names.
import { strict as assert } from 'node:assert';
import { createDecipheriv, randomBytes } from 'node:crypto';
import { describe, test } from 'vitest';
import { nativeGcm } from '../../src/cipher/native.ts';
import { deriveMessageKeys, openMessage } from '../../src/formats/cobblestone.ts';
import { importMaterial, prfOf } from '../../src/keys/material.ts';
import { forge, type GcmKeys } from '../support/salamander.ts';

const opensUnderGcm = ({ key, baseNonce }: GcmKeys, sealed: Buffer): boolean => {
  const decipher = createDecipheriv('aes-256-gcm', key, baseNonce).setAuthTag(sealed.subarray(-16));
  decipher.update(sealed.subarray(0, -16));
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
};

describe('a ciphertext made to open under two keys', () => {
  test('opens under both with bare GCM, and under one only in our format', async () => {
    const prfs = await Promise.all(
      [1, 2].map(async () => prfOf(await importMaterial(new Uint8Array(randomBytes(32))))),
    );
    const [prfA, prfB] = prfs as [(typeof prfs)[0], (typeof prfs)[0]];
    const [salt, context] = [new Uint8Array(randomBytes(24)), new Uint8Array(51)];
    const [keysA, keysB] = [await deriveMessageKeys(prfA, salt, context), await deriveMessageKeys(prfB, salt, context)];
    const sealed = forge(keysA, keysB);
    assert(opensUnderGcm(keysA, sealed));
    assert(opensUnderGcm(keysB, sealed));

    const messageFor = (commitment: Uint8Array) => new Uint8Array(Buffer.concat([salt, commitment, sealed]));
    const forA = messageFor(keysA.commitment);
    assert.equal((await openMessage(prfA, nativeGcm, context, forA))?.length, 32);
    assert.equal(await openMessage(prfB, nativeGcm, context, forA), undefined);
    const forB = messageFor(keysB.commitment);
    assert.equal((await openMessage(prfB, nativeGcm, context, forB))?.length, 32);
    assert.equal(await openMessage(prfA, nativeGcm, context, forB), undefined);
  });
});
