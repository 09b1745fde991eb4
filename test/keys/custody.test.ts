// A store that was tampered with may hold any CryptoKey in the place of ours: only what keyhaven itself makes is taken, also where the
// bytes are the right ones.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { deviceCustody } from '../../src/keys/custody.ts';
import { importMaterial } from '../../src/keys/material.ts';
import { isSlotKey } from '../../src/keys/root.ts';
import { openBeside, sealBeside } from '../../src/keys/sealed-bytes.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const { subtle } = globalThis.crypto;
const none = new Uint8Array(0);

describe('a key in the store that keyhaven would not have made', () => {
  test('is not taken for material', async () => {
    const bytes = random(32);
    const hmac = (hash: string, isExtractable: boolean, usages: KeyUsage[], of = bytes) =>
      subtle.importKey('raw', of, { name: 'HMAC', hash, length: 8 * of.length }, isExtractable, usages);
    const strange: Record<string, CryptoKey | undefined> = {
      nothing: undefined,
      extractable: await hmac('SHA-512', true, ['sign']),
      'with a second usage': await hmac('SHA-512', false, ['sign', 'verify']),
      'with another usage': await hmac('SHA-512', false, ['verify']),
      'of another hash': await hmac('SHA-256', false, ['sign']),
      'of another length': await hmac('SHA-512', false, ['sign'], random(64)),
      'of another algorithm': await subtle.importKey('raw', bytes, { name: 'AES-GCM' }, false, ['encrypt']),
    };
    for (const [what, key] of Object.entries(strange)) {
      const error = await deviceCustody.recover('label', { value: none, key }).catch((found: unknown) => found);
      assert.equal((error as Error).name, 'KeyUndecryptable', what);
    }
    const key = await importMaterial(bytes);
    assert.equal(await deviceCustody.recover('label', { value: none, key }), key);
  });

  test('does not open what is sealed beside it, and is no key of a slot', async () => {
    const kept = await sealBeside('label', utf8('secret'));
    assert.deepEqual(await openBeside('label', kept), utf8('secret'));
    const bytes = random(32);
    const aes = (isExtractable: boolean, usages: KeyUsage[], of = bytes) =>
      subtle.importKey('raw', of, { name: 'AES-GCM' }, isExtractable, usages);
    const iv = random(12);
    const additionalData = utf8('keyhaven/v1/sealed-secret\0label');
    const parameters = { name: 'AES-GCM', iv, additionalData, tagLength: 128 };
    const sealed = new Uint8Array(await subtle.encrypt(parameters, await aes(false, ['encrypt']), utf8('secret')));
    const value = Uint8Array.of(...iv, ...sealed);
    const held = (key: CryptoKey) => openBeside('label', { value, key });
    assert.deepEqual(await held(await aes(false, ['encrypt', 'decrypt'])), utf8('secret'));
    await assertFails(held(await aes(true, ['encrypt', 'decrypt'])), 'KeyUndecryptable');
    await assertFails(openBeside('other', { value, key: await aes(false, ['decrypt']) }), 'KeyUndecryptable');
    const usages: KeyUsage[] = ['encrypt', 'decrypt', 'unwrapKey'];
    assert.isTrue(isSlotKey(await aes(false, usages)));
    assert.isFalse(isSlotKey(await aes(true, usages)));
    assert.isFalse(isSlotKey(await aes(false, ['encrypt', 'decrypt'])));
    assert.isFalse(isSlotKey(await aes(false, usages, random(16))));
  });
});
