// The keys that imported material is wrapped under: which lengths of the inner key are taken, and what in the store is not.
import { aeskwp } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { deviceCustody } from '../../src/keys/custody.ts';
import { makeWrappingKey, unwrap } from '../../src/keys/wrapping-key.ts';
import type { Wrapping } from '../../src/model/imports.ts';
import { type Bytes, random } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const { subtle } = globalThis.crypto;
const keyId = '12345678-1234-4234-8234-123456789abc';
const wrapping = { algorithm: 'RSA_AES_KEY_WRAP_SHA_256', keySpec: 'RSA_2048' } as Wrapping;
const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
const parameters = { name: 'RSA-OAEP', label: new Uint8Array(0) };

async function wrapped(spki: Bytes, kek: Bytes, material: Bytes): Promise<Bytes> {
  const publicKey = await subtle.importKey('spki', spki, algorithm, false, ['encrypt']);
  const outer = new Uint8Array(await subtle.encrypt(parameters, publicKey, kek));
  return Uint8Array.of(...outer, ...aeskwp(kek).encrypt(material));
}

describe('a wrapping key of imports', () => {
  test('takes an inner key of 256 bits, and no shorter one', async () => {
    const { kept, spki } = await makeWrappingKey(deviceCustody, keyId, wrapping);
    const material = random(32);
    const opened = async (length: number) =>
      unwrap(deviceCustody, keyId, kept, wrapping, await wrapped(spki, random(length), material));
    assert.deepEqual(await opened(32), material);
    for (const length of [16, 24]) assert.isUndefined(await opened(length));
  });

  test('is refused where the store holds another in its place', async () => {
    const { spki } = await makeWrappingKey(deviceCustody, keyId, wrapping);
    const message = await wrapped(spki, random(32), random(32));
    const pair = (isExtractable: boolean, usages: KeyUsage[], hash = 'SHA-256', modulusLength = 2048) =>
      subtle.generateKey(
        { name: 'RSA-OAEP', hash, modulusLength, publicExponent: Uint8Array.of(1, 0, 1) },
        isExtractable,
        usages,
      );
    const strange = [
      undefined,
      (await pair(true, ['encrypt', 'decrypt'])).privateKey,
      (await pair(false, ['wrapKey', 'unwrapKey'])).privateKey,
      (await pair(false, ['encrypt', 'decrypt'], 'SHA-1')).privateKey,
      (await pair(false, ['encrypt', 'decrypt'], 'SHA-256', 3072)).privateKey,
      (await pair(false, ['encrypt', 'decrypt'])).publicKey,
    ];
    for (const key of strange)
      await assertFails(
        unwrap(deviceCustody, keyId, { value: new Uint8Array(0), key }, wrapping, message),
        'KeyUndecryptable',
        new RegExp(keyId),
      );
    // One that is like ours, but another, opens nothing.
    const { privateKey } = await pair(false, ['encrypt', 'decrypt']);
    const other = { value: new Uint8Array(0), key: privateKey };
    assert.isUndefined(await unwrap(deviceCustody, keyId, other, wrapping, message));
  });
});
