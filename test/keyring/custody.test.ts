// Absent, locked, present but undecryptable, and corrupt are four answers (architecture, decision 6), and no create overwrites.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import type { Store } from '../../src/store/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newStore, rowId } from '../support/kms.ts';

const newRoot = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']) as Promise<CryptoKey>;
const Plaintext = utf8('secret');

/** A store of bytes only, such as a file or an edge database: what is not bytes is refused. */
function bytesOnly(store: Store): Store {
  return {
    ...store,
    holdsCryptoKeys: false,
    commit: (checks, writes, durability) => {
      if (writes.some(({ key }) => key !== undefined)) throw new Error('A CryptoKey reached a store of bytes.');
      return store.commit(checks, writes, durability);
    },
  };
}

describe('the four states of a key', () => {
  test('absent: NotFoundException', async () => {
    const kms = await openKms({ store: newStore() });
    await assertFails(kms.encrypt({ KeyId: '1234abcd-12ab-44cd-86ef-1234567890ab', Plaintext }), 'NotFoundException');
  });

  test('locked: KeyLocked, and nothing is lost', async () => {
    const store = newStore();
    const root = await newRoot();
    const kms = await openKms({ store, root });
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    await assertFails(openKms({ store }), 'KeyLocked', /`root`/);
    const again = await openKms({ store, root });
    assert.deepEqual((await again.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
  });

  test('undecryptable: KeyUndecryptable where the root is another', async () => {
    const store = newStore();
    const kms = await openKms({ store, root: await newRoot() });
    await newKey(kms);
    await assertFails(openKms({ store, root: await newRoot() }), 'KeyUndecryptable');
    assert.equal(await store.count('keys'), 1);
  });

  test('undecryptable: KeyUndecryptable where the material is missing', async () => {
    const store = newStore();
    const KeyId = await newKey(await openKms({ store }));
    const material = (await store.list('materials', { limit: 10 })).find(({ id }) => id.includes(KeyId));
    await store.commit([], [{ table: 'materials', id: material?.id as string }], 'strict');
    const kms = await openKms({ store });
    await assertFails(kms.encrypt({ KeyId, Plaintext }), 'KeyUndecryptable', /missing/);
    assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.KeyState, 'Enabled');
  });

  test('corrupt: StoreCorrupt where a row was changed', async () => {
    const store = newStore();
    const KeyId = await newKey(await openKms({ store }));
    const [row] = await store.list('keys', { limit: 1 });
    const value = new Uint8Array(row?.value as Uint8Array);
    value[value.length - 5] = (value[value.length - 5] as number) ^ 1;
    await store.commit([], [{ table: 'keys', id: rowId(KeyId), value }], 'strict');
    const kms = await openKms({ store });
    await assertFails(kms.encrypt({ KeyId, Plaintext }), 'StoreCorrupt', /keys\//);
    await assertFails(kms.enableKey({ KeyId }), 'StoreCorrupt');
  });
});

describe('tampering with rows is found', () => {
  test('two key rows swapped', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const [a, b] = [await newKey(kms), await newKey(kms)];
    const [rowA, rowB] = await store.read([
      { table: 'keys', id: rowId(a) },
      { table: 'keys', id: rowId(b) },
    ]);
    await store.commit(
      [],
      [
        { table: 'keys', id: rowId(a), value: rowB?.value as Uint8Array<ArrayBuffer> },
        { table: 'keys', id: rowId(b), value: rowA?.value as Uint8Array<ArrayBuffer> },
      ],
      'strict',
    );
    for (const KeyId of [a, b]) await assertFails(kms.describeKey({ KeyId }), 'StoreCorrupt');
  });

  test('the material of two keys swapped', async () => {
    const store = newStore();
    const first = await openKms({ store });
    const [a, b] = [await newKey(first), await newKey(first)];
    const rows = (await store.list('materials', { limit: 10 })).filter(({ id }) => id !== 'keyring');
    const [one, two] = rows;
    await store.commit(
      [],
      [
        { table: 'materials', id: one?.id as string, value: new Uint8Array(0), key: two?.key },
        { table: 'materials', id: two?.id as string, value: new Uint8Array(0), key: one?.key },
      ],
      'strict',
    );
    const kms = await openKms({ store });
    for (const KeyId of [a, b]) await assertFails(kms.encrypt({ KeyId, Plaintext }), 'KeyUndecryptable', /exchanged/);
  });

  test('material replaced by a key of another kind, or an extractable one', async () => {
    const store = newStore();
    const KeyId = await newKey(await openKms({ store }));
    const [row] = (await store.list('materials', { limit: 10 })).filter(({ id }) => id !== 'keyring');
    const hmac = { name: 'HMAC', hash: { name: 'SHA-512' }, length: 256 };
    const others = [
      await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']),
      await crypto.subtle.generateKey(hmac, true, ['sign']),
      await crypto.subtle.generateKey({ ...hmac, hash: { name: 'SHA-256' } }, false, ['sign']),
      undefined,
    ];
    for (const key of others) {
      await store.commit([], [{ table: 'materials', id: row?.id as string, value: new Uint8Array(0), key }], 'strict');
      const kms = await openKms({ store });
      await assertFails(kms.encrypt({ KeyId, Plaintext }), 'KeyUndecryptable');
    }
  });

  test('an alias pointed elsewhere, a key row copied to a new id', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const [a, b] = [await newKey(kms), await newKey(kms)];
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: a });
    await kms.createAlias({ AliasName: 'alias/b', TargetKeyId: b });
    const [alias] = await store.read([{ table: 'aliases', id: rowId('alias/b') }]);
    await store.commit(
      [],
      [{ table: 'aliases', id: rowId('alias/a'), value: alias?.value as Uint8Array<ArrayBuffer> }],
      'strict',
    );
    await assertFails(kms.describeKey({ KeyId: 'alias/a' }), 'StoreCorrupt');
  });
});

describe('wrapped custody', () => {
  test('keeps whole lives of keys in a store of bytes only', async () => {
    const store = bytesOnly(newStore());
    const root = await newRoot();
    const kms = await openKms({ store, root });
    const KeyId = await newKey(kms);
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: 'alias/a', Plaintext });
    const again = await openKms({ store, root });
    assert.deepEqual((await again.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    for (const row of await store.list('materials', { limit: 10 })) {
      assert.equal(row.value.length, 12 + 32 + 16);
      assert.isUndefined(row.key);
    }
  });

  test('is asked for where the store holds bytes only', async () => {
    await assertFails(openKms({ store: bytesOnly(newStore()) }), 'KeysNotKept', /`root`/);
  });

  test('takes AES-GCM keys of 256 bits only', async () => {
    const weak = (await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, [
      'encrypt',
      'decrypt',
    ])) as CryptoKey;
    await assertFails(openKms({ store: newStore(), root: weak }), 'ValidationException', /256 bits/);
  });

  test('does not mix with keys that lie in the device', async () => {
    const store = newStore();
    await openKms({ store });
    await assertFails(openKms({ store, root: await newRoot() }), 'ValidationException', /root/);
  });
});
