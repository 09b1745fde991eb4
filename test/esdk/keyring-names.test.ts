// What names a raw key: the bytes that stand in the message must be those that are looked for, and of one name only.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { decrypt, encrypt, rawAesKeyring } from '../../src/esdk/index.ts';
import { KmsError } from '../../src/index.ts';
import { random, utf8 } from '../support/bytes.ts';

describe('the name of a raw key', () => {
  test('comes back whatever characters it has', async () => {
    for (const text of ['\ufeffx', 'e\u0301', '\u00e9', '🔑', '\0', ' x ']) {
      const keyring = rawAesKeyring({ keyNamespace: text, keyName: text, wrappingKey: random(32) });
      assert.deepEqual((await decrypt(keyring, await encrypt(keyring, utf8('x')))).plaintext, utf8('x'));
    }
  });

  test('is refused where it has no UTF-8: messages under it would not open, or under other names too', () => {
    for (const text of ['a\ud800', '\udc00b', '\udc00\ud800'])
      for (const names of [
        { keyNamespace: text, keyName: 'x' },
        { keyNamespace: 'x', keyName: text },
      ])
        assert.throws(() => rawAesKeyring({ ...names, wrappingKey: random(32) }), KmsError, /lone surrogate/);
  });
});
