// Non-extractable means non-extractable (threat model, item 11): every CryptoKey that a whole life leaves in a store is walked.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newKey, newStore } from '../support/kms.ts';

describe('key material', () => {
  test('is in the store as CryptoKeys that nobody can export, with the one usage they need', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    for (let i = 0; i < 3; i++) {
      const KeyId = await newKey(kms, { MultiRegion: i === 0 });
      await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    }
    const rows = await store.list('materials', { limit: 100 });
    assert.equal(rows.length, 4);
    for (const { key, value } of rows) {
      assert.isFalse(key?.extractable);
      assert.deepEqual(key?.usages, ['sign']);
      assert.equal(value.length, 0);
      for (const format of ['raw', 'jwk'] as const) {
        const name = await crypto.subtle.exportKey(format, key as CryptoKey).then(
          () => 'exported',
          (error: Error) => error.name,
        );
        // Node 20 spells it its own way for some formats.
        assert.include(['InvalidAccessError', 'InvalidAccessException'], name);
      }
    }
    for (const table of ['keyring', 'keys', 'aliases']) {
      for (const row of await store.list(table, { limit: 100 })) assert.isUndefined(row.key);
    }
  });
});
