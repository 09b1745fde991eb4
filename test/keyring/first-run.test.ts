// First run, eviction and stores that do not keep keys (threat model, items 12, 13, 19).
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { memoryStore, openKms } from '../../src/index.ts';
import type { Store, Witness } from '../../src/store/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, rowId } from '../support/kms.ts';

/** A memory store with a witness, and a way to lose rows as a browser does. */
function evictable(): { store: Store; evict(tables?: string[]): Promise<void> } {
  let text: string | undefined;
  const witness: Witness = {
    read: async () => text,
    write: async (value) => {
      text = value;
    },
  };
  const store: Store = { ...memoryStore(), witness };
  return {
    store,
    async evict(tables = ['keyring', 'keys', 'materials', 'aliases']) {
      for (const table of tables) {
        const rows = await store.list(table, { limit: 1000 });
        await store.commit(
          [],
          rows.map(({ id }) => ({ table, id })),
          'strict',
        );
      }
    },
  };
}

describe('eviction', () => {
  test('of everything is StoreEvicted at the next start, not a fresh store', async () => {
    const { store, evict } = evictable();
    const kms = await openKms({ store });
    await newKey(kms);
    await evict();
    await assertFails(openKms({ store }), 'StoreEvicted', /storage was cleared/);
    await assertFails(openKms({ store }), 'StoreEvicted');
    assert.equal(await store.count('keyring'), 0);
    const fresh = await openKms({ store, onEvicted: 'continue' });
    assert.deepEqual((await fresh.listKeys()).Keys, []);
    await newKey(await openKms({ store }));
  });

  test('while the keyring is open is StoreEvicted too', async () => {
    const { store, evict } = evictable();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    await evict();
    await assertFails(kms.describeKey({ KeyId }), 'StoreEvicted');
    await assertFails(kms.encrypt({ KeyId: 'alias/a', Plaintext: utf8('x') }), 'StoreEvicted');
    await assertFails(kms.createKey(), 'StoreEvicted');
    await assertFails(kms.listKeys(), 'StoreEvicted');
    await assertFails(kms.listAliases(), 'StoreEvicted');
    await assertFails(kms.enableKey({ KeyId }), 'StoreEvicted');
    assert.equal(await store.count('keyring'), 0);
  });

  test('of key rows only is found by their number', async () => {
    const { store, evict } = evictable();
    await newKey(await openKms({ store }));
    await evict(['keys']);
    await assertFails(openKms({ store }), 'StoreEvicted', /holds 0 keys and should hold 1/);
    const rest = await openKms({ store, onEvicted: 'continue' });
    assert.deepEqual((await rest.listKeys()).Keys, []);
    await openKms({ store });
  });

  test('of key material only leaves keys that say what is wrong', async () => {
    const { store } = evictable();
    const KeyId = await newKey(await openKms({ store }));
    const rows = (await store.list('materials', { limit: 10 })).filter(({ id }) => id !== 'keyring');
    await store.commit(
      [],
      rows.map(({ table, id }) => ({ table, id })),
      'strict',
    );
    const kms = await openKms({ store });
    await assertFails(kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }), 'KeyUndecryptable');
  });

  test("of the keyring's own rows is never taken for a first run", async () => {
    for (const table of ['keyring', 'materials']) {
      const { store, evict } = evictable();
      await newKey(await openKms({ store }));
      await evict([table]);
      await assertFails(openKms({ store }), 'StoreEvicted');
      await assertFails(openKms({ store, onEvicted: 'continue' }), 'StoreEvicted', /Restore it from a backup/);
    }
  });

  test('rows put back from outside are found by their number', async () => {
    const { store } = evictable();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    const [row] = await store.read([{ table: 'keys', id: rowId(KeyId) }]);
    await store.commit(
      [],
      [
        {
          table: 'keys',
          id: rowId('00000000-0000-4000-8000-000000000000'),
          value: row?.value as Uint8Array<ArrayBuffer>,
        },
      ],
      'strict',
    );
    await assertFails(openKms({ store }), 'StoreCorrupt', /put back/);
  });
});

describe('a place that does not keep keys', () => {
  /** Stores whose CryptoKeys come back missing, of another kind, or not at all. */
  const faulty: [name: string, change: (store: Store) => Store][] = [
    [
      'gives rows back without their key',
      (store) => ({
        ...store,
        read: async (refs) => (await store.read(refs)).map((row) => row && { ...row, key: undefined }),
      }),
    ],
    ['forgets what it committed', (store) => ({ ...store, commit: async () => true })],
    [
      'gives another key back',
      (store) => ({
        ...store,
        read: async (refs) => {
          const key = (await crypto.subtle.generateKey(
            { name: 'HMAC', hash: { name: 'SHA-512' }, length: 256 },
            false,
            ['sign'],
          )) as CryptoKey;
          return (await store.read(refs)).map((row) => row && { ...row, key: row.key && key });
        },
      }),
    ],
  ];
  for (const [name, change] of faulty) {
    test(`that ${name} is KeysNotKept at the first run, and nothing stays behind`, async () => {
      const place = memoryStore();
      await assertFails(openKms({ store: change(place) }), 'KeysNotKept', /does not keep CryptoKeys/);
      for (const table of ['keyring', 'keys', 'materials']) assert.equal(await place.count(table), 0, table);
    });
  }

  test('is never asked to hold a key that cannot be read back', async () => {
    const place = memoryStore();
    const kms = await openKms({ store: place });
    const losing: Store = {
      ...place,
      read: async (refs) => (await place.read(refs)).map((row) => (row?.id.includes('/') ? undefined : row)),
    };
    const broken = await openKms({ store: losing });
    await assertFails(broken.createKey(), 'KeysNotKept', /cannot be read back/);
    await newKey(kms);
  });
});

describe('concurrent first runs', () => {
  test('make one keyring', async () => {
    const store = memoryStore();
    const all = await Promise.all(Array.from({ length: 8 }, () => openKms({ store })));
    const keys = await Promise.all(all.map((kms) => newKey(kms)));
    for (const kms of all)
      assert.deepEqual(
        (await kms.listKeys()).Keys.map(({ KeyId }) => KeyId),
        [...keys].sort(),
      );
    assert.equal(await store.count('keyring'), 1);
  });
});

describe('openKms', () => {
  test('without a store, where there is no IndexedDB, says what to do', async () => {
    if (typeof indexedDB !== 'undefined') return;
    await assertFails(openKms(), 'StoreUnavailable', /no IndexedDB.*memoryStore/);
  });

  test('checks its options', async () => {
    const store = memoryStore();
    for (const options of [
      { accountId: '1' },
      { region: 'Mars' },
      { name: '' },
      { name: 'a/b' },
      { caller: 'me' },
      { clock: 7 as never },
      { onEvicted: 'x' as never },
      { store: {} as never },
      { store: Promise.resolve(store) as never },
      { root: new Uint8Array(32) as never },
      { root: 'secret' as never },
    ]) {
      await assertFails(
        openKms({ store, ...options }),
        'ValidationException',
        new RegExp(Object.keys(options)[0] as string),
      );
    }
  });
});
