// What keyrings give for a message that is written: it is checked before anything is written, as a keyring may be the caller's own.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  decrypt,
  type EncryptedDataKey,
  encrypt,
  encryptStream,
  type GeneratedDataKey,
  type Keyring,
} from '../../src/esdk/index.ts';
import { drain, streamOf } from '../streams/flows.ts';
import { type Bytes, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const key = { providerId: 'own', providerInfo: utf8('x'), ciphertext: random(8) };
const dataKey = random(32);

/** A keyring that gives this, and opens with what it gave. */
const giving = (given: Partial<GeneratedDataKey>): Keyring => ({
  async generateDataKey() {
    return { dataKey: dataKey.slice(), encryptedDataKeys: [key], ...given };
  },
  wrapDataKey: async () => [],
  async *unwrapDataKeys() {
    yield (given.dataKey ?? dataKey).slice() as Bytes;
  },
});

describe('what a keyring gives', () => {
  test('is taken as it is where it fits the format', async () => {
    const longest = { ...key, ciphertext: random(65_535) };
    for (const keyring of [giving({}), giving({ encryptedDataKeys: [longest] })])
      assert.deepEqual((await decrypt(keyring, await encrypt(keyring, utf8('x')))).plaintext, utf8('x'));
  });

  test('is refused where nobody could open the message', async () => {
    const cases: [Partial<GeneratedDataKey>, RegExp][] = [
      [{ encryptedDataKeys: [] }, /no encrypted data key/],
      [{ dataKey: random(16) }, /16 bytes, not of 32/],
      [{ encryptedDataKeys: [key, { ...key, ciphertext: random(65_536) }] }, /65535 bytes/],
      [{ encryptedDataKeys: [{ ...key, providerId: 'x'.repeat(65_536) }] }, /65535 bytes/],
    ];
    for (const [given, message] of cases) {
      await assertFails(encrypt(giving(given), utf8('x')), 'ValidationException', message);
      const { pieces, error } = await drain(streamOf(utf8('x')).pipeThrough(encryptStream(giving(given))));
      assert.lengthOf(pieces, 0);
      assert.propertyVal(error, 'name', 'ValidationException');
    }
  });
});

describe('what a keyring is given', () => {
  test('is its own, and there after the message was opened', async () => {
    const given: EncryptedDataKey[] = [];
    const keyring: Keyring = {
      ...giving({}),
      async *unwrapDataKeys(encryptedDataKeys) {
        given.push(...encryptedDataKeys);
        yield dataKey.slice() as Bytes;
      },
    };
    // In a browser, memory is given back from 64 KiB on.
    for (const length of [1, 100_000]) await decrypt(keyring, await encrypt(keyring, random(length)));
    assert.deepEqual(given, [key, key]);
  });
});
