// Rows of a keyring that were damaged, one at a time: what is whole is not lost with them, neither from a backup nor by a move to another
// mode, and no backup is written that could not be taken back.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms, type Store } from '../../src/index.ts';
import type { Row } from '../../src/store/index.ts';
import { flipBit } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKms, newStore, rowId } from '../support/kms.ts';
import { assertLives, bytesOf, type Life, live, newKeyring, newSecret } from './support.ts';

const rowsOf = (store: Store, table: string): Promise<readonly Row[]> => store.list(table, { limit: 100 });
/** Changes a bit in the last byte, which is behind the MAC of a record and in the tag of what is wrapped. */
const damage = (store: Store, { table, id, value, key }: Row) =>
  store.commit([], [{ table, id, value: flipBit(value, value.length * 8 - 1), key }], 'strict');
const decrypts = (kms: Kms, { encrypt: { CiphertextBlob } }: Life) => kms.decrypt({ CiphertextBlob });

async function keyring(mode: 'recoverable' | 'locked') {
  const by = newSecret();
  const { store, kms } = await newKeyring(mode, [by]);
  const life = await live(kms);
  const material = `${rowId(life.encrypt.KeyId)}/`;
  const open = () => openKms({ store, ...(mode === 'locked' ? { unlock: by } : {}) });
  return { by, store, life, material, open };
}

describe('a damaged row', () => {
  for (const table of ['keys', 'aliases', 'grants'])
    test(`of ${table} is named when a backup is written, and not when it is all that is left`, async () => {
      const { store, open } = await keyring('locked');
      const row = (await rowsOf(store, table))[0] as Row;
      await damage(store, row);
      const kms = await open();
      await assertFails(kms.export(), 'StoreCorrupt', new RegExp(`${table}/.*changed from outside`));
      assert.deepInclude((await kms.check()).findings, { row: `${table}/${row.id}`, what: 'changed' });
    });

  test('of a last use keeps nobody from a backup', async () => {
    const { by, store, life, open } = await keyring('locked');
    const row = (await rowsOf(store, 'uses'))[0];
    if (row) await damage(store, row);
    const there = await newKms();
    await there.import({ from: await bytesOf((await (await open()).export()).stream), by, mode: 'replace' });
    await assertLives(there, life);
  });

  for (const [mode, table] of [
    ['recoverable', 'copies'],
    ['locked', 'materials'],
  ] as const)
    test(`of ${table} takes no other key with it, into a backup or another mode`, async ({ skip }) => {
      if (!newStore().holdsCryptoKeys) skip('there is one mode only here');
      const { by, store, life, material, open } = await keyring(mode);
      const row = (await rowsOf(store, table)).find(({ id }) => id.startsWith(material)) as Row;
      await damage(store, row);
      const kms = await open();
      assert.deepEqual((await kms.check()).findings, [{ row: `${table}/${row.id}`, what: 'changed' }]);
      const { stream, unwrapped } = await kms.export();
      assert.deepEqual(
        unwrapped.map(({ KeyId }) => KeyId),
        [life.encrypt.KeyId],
      );
      const from = await bytesOf(stream);
      for (const how of ['replace', 'merge'] as const) {
        const there = await newKms();
        assert.equal((await there.import({ from, by, mode: how })).added, 4);
        await there.verifyMac({
          ...life.mac,
          MacAlgorithm: 'HMAC_SHA_256',
          Message: new TextEncoder().encode('meet at nine'),
        });
        await assertFails(decrypts(there, life), 'KeyUndecryptable');
      }
      await kms.upgrade({ to: mode === 'locked' ? 'recoverable' : 'locked', by });
      if (mode === 'locked') await assertFails(decrypts(kms, life), 'KeyUndecryptable');
      else await assertLives(kms, life);
      const { unwrapped: left } = await kms.protection();
      assert.lengthOf(left ?? [], mode === 'locked' ? 0 : 1);
    });

  test('of material is made good by its copy', async ({ skip }) => {
    if (!newStore().holdsCryptoKeys) skip('there are no copies here');
    for (const how of ['moved', 'taken back'] as const) {
      const { by, store, life, material, open } = await keyring('recoverable');
      const row = (await rowsOf(store, 'materials')).find(({ id }) => id.startsWith(material)) as Row;
      await store.commit([], [{ table: 'materials', id: row.id }], 'strict');
      const kms = await open();
      await assertFails(decrypts(kms, life), 'KeyUndecryptable');
      if (how === 'moved') await kms.upgrade({ to: 'locked', by });
      else await kms.import({ from: await bytesOf((await kms.export()).stream), by });
      await assertLives(kms, life);
      assert.deepEqual((await kms.check()).findings, []);
    }
  });

  test("of the keyring's own key under the root is named before a backup needs it, and made anew by a move", async ({
    skip,
  }) => {
    if (!newStore().holdsCryptoKeys) skip('there are no copies here');
    for (const how of ['changed', 'missing'] as const) {
      const { by, store, life, open } = await keyring('recoverable');
      const row = (await rowsOf(store, 'copies')).find(({ id }) => id === 'keyring') as Row;
      if (how === 'changed') await damage(store, row);
      else await store.commit([], [{ table: 'copies', id: row.id }], 'strict');
      const kms = await open();
      assert.deepEqual((await kms.check()).findings, [{ row: 'copies/keyring', what: how }]);
      await assertFails(kms.export(), 'StoreCorrupt', /kms\.upgrade/);
      await kms.upgrade({ to: 'locked', by });
      await kms.upgrade({ to: 'recoverable', by });
      assert.deepEqual((await kms.check()).findings, []);
      const there = await newKms();
      await there.import({ from: await bytesOf((await kms.export()).stream), by, mode: 'replace' });
      await assertLives(there, life);
    }
  });

  test('beside the CryptoKey of the keyring does not make it a locked one', async ({ skip }) => {
    if (!newStore().holdsCryptoKeys) skip('there is no CryptoKey here');
    const { store, life, open } = await keyring('recoverable');
    const ref = { table: 'materials', id: 'keyring' };
    const [row] = await store.read([ref]);
    await store.commit([], [{ ...ref, value: new Uint8Array(60), key: row?.key }], 'strict');
    const kms = await open();
    assert.isFalse((await kms.protection()).isLocked);
    await assertLives(kms, life);
  });
});
