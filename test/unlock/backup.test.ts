// Backups: everything comes back, into an empty store or beside other keys; nothing comes back that was changed, or is too old.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { newRecoveryCode, passphrase, recoveryCode } from '../../src/unlock/index.ts';
import { type Bytes, flipBit, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';
import { assertLives, bytesOf, clear, live, newKeyring, newSecret, Plaintext } from './support.ts';

const backUp = async (kms: Awaited<ReturnType<typeof openKms>>, to?: string): Promise<Bytes> =>
  bytesOf((await kms.export({ to })).stream);

describe('a backup', () => {
  for (const mode of ['locked', 'recoverable'] as const) {
    test(`of a ${mode} keyring restores everything, with the recovery code alone`, async () => {
      const code = newRecoveryCode();
      const { store, kms } = await newKeyring(mode, [newSecret(), recoveryCode(code)]);
      const life = await live(kms);
      const progress: number[] = [];
      const { stream, unwrapped, generation } = await kms.export({
        to: 'recovery-code',
        onProgress: ({ done, total }) => progress.push(done / total),
      });
      const file = await bytesOf(stream);
      assert.deepEqual(unwrapped, []);
      assert.equal(progress.at(-1), 1);
      await clear(store);

      const fresh = await openKms({ store, onEvicted: 'continue' });
      await assertFails(fresh.describeKey({ KeyId: 'alias/notes' }), 'NotFoundException');
      const steps: number[] = [];
      const report = await fresh.import({
        from: new Blob([file]),
        by: recoveryCode(code.toLowerCase()),
        mode: 'replace',
        onProgress: ({ done, total }) => steps.push(done / total),
      });
      assert.deepInclude(report, { added: 4, kept: 0, generation });
      assert.equal(steps.at(-1), 1);
      await assertLives(fresh, life);
      assert.deepEqual(await fresh.protection(), { mode, isLocked: false, root: 'slots', unwrapped: [] });
      // And at the next visit.
      const again = await openKms({ store });
      if (mode === 'locked') await again.unlock(recoveryCode(code));
      await assertLives(again, life);
      await newKey(again);
      const kinds = (await again.slots.list()).map(({ kind }) => kind);
      assert.sameMembers(kinds, mode === 'locked' ? ['recovery-code'] : ['device', 'recovery-code']);
      await assertLives(await openKms({ store, unlock: recoveryCode(code) }), life);
    });
  }

  test('is taken as it was when the call was made', async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    await newKey(kms);
    const from = await backUp(kms);
    const there = (await newKeyring('locked', [by])).kms;
    const taking = there.import({ from, by });
    from.fill(0);
    assert.equal((await taking).added, 1);
  });

  test('that is none ends the stream that it comes from', async () => {
    const { kms } = await newKeyring('locked', [newSecret()]);
    const by = newSecret();
    for (const onRecord of [undefined, () => {}]) {
      let isCancelled = false;
      const from = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (controller) => controller.enqueue(new Uint8Array(1000)),
        cancel() {
          isCancelled = true;
        },
      });
      await assertFails(kms.import({ from, by, onRecord }), 'BackupCorrupt');
      assert.isTrue(isCancelled);
    }
  });

  test('merges into a keyring of any mode, beside the keys that are there', async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    const life = await live(kms);
    const file = await backUp(kms);
    for (const mode of ['device', 'recoverable', 'locked'] as const) {
      const there = mode === 'device' ? await newKms() : (await newKeyring(mode, [newSecret()])).kms;
      const own = await newKey(there, { Description: 'own' });
      await there.createAlias({ AliasName: 'alias/own', TargetKeyId: own });
      assert.deepInclude(await there.import({ from: file, by }), { added: 4, kept: 0 }, mode);
      await assertLives(there, life);
      assert.deepInclude(await there.import({ from: file, by }), { added: 0, kept: 4 }, mode);
      assert.equal((await there.describeKey({ KeyId: 'alias/own' })).KeyMetadata.KeyId, own);
      assert.equal((await there.listKeys()).Keys.length, 5);
      assert.deepEqual((await there.protection()).root, mode === 'device' ? 'none' : 'slots');
    }
  });

  test('takes no alias away from a key that has the name', async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    const life = await live(kms);
    const file = await backUp(kms);
    const there = await newKms();
    const own = await newKey(there);
    await there.createAlias({ AliasName: 'alias/notes', TargetKeyId: own });
    await there.import({ from: file, by });
    assert.equal((await there.describeKey({ KeyId: 'alias/notes' })).KeyMetadata.KeyId, own);
    assert.deepEqual((await there.listAliases({ KeyId: life.encrypt.KeyId })).Aliases, []);
    await there.deleteAlias({ AliasName: 'alias/notes' });
    await there.createAlias({ AliasName: 'alias/notes', TargetKeyId: life.encrypt.KeyId });
    await assertLives(there, life);
  });

  test('gives a key its material back that the store has lost', async () => {
    const by = newSecret();
    const { store, kms } = await newKeyring('locked', [by]);
    const life = await live(kms);
    const file = await backUp(kms);
    const rows = (await store.list('materials', { limit: 100 })).filter(({ id }) => id !== 'keyring');
    await store.commit(
      [],
      rows.map(({ id }) => ({ table: 'materials', id })),
      'strict',
    );
    const again = await openKms({ store, unlock: by });
    await assertFails(again.decrypt({ CiphertextBlob: life.encrypt.CiphertextBlob }), 'KeyUndecryptable');
    await again.import({ from: file, by });
    await assertLives(again, life);
  });

  test('that is older than the keyring is refused, unless it is asked for', async () => {
    const by = newSecret();
    const { store, kms } = await newKeyring('locked', [by]);
    const life = await live(kms);
    const file = await backUp(kms);
    const later = await newKey(kms);
    for (const mode of ['replace', 'merge'] as const)
      await assertFails(kms.import({ from: file, by, mode }), 'BackupOutdated', /generation/);
    await kms.describeKey({ KeyId: later });
    // Locked it is refused too: nothing has to be verified to be careful.
    kms.lock();
    await assertFails(kms.import({ from: file, by, mode: 'replace' }), 'BackupOutdated', /generation/);
    await assertFails(kms.import({ from: file, by }), 'KeyLocked');
    await kms.import({ from: file, by, mode: 'replace', allowRollback: true });
    await assertFails(kms.describeKey({ KeyId: later }), 'NotFoundException');
    await assertLives(kms, life);
    await assertLives(await openKms({ store, unlock: by }), life);
    const other = await newKms();
    await newKey(other);
    await assertFails(other.import({ from: file, by, mode: 'replace' }), 'BackupOutdated', /1 keys of another keyring/);
  });

  test('is taken again where nothing is lost by it, and counts as a backup from then on', async () => {
    for (const mode of ['locked', 'recoverable'] as const) {
      const [by, other] = [newSecret(), newSecret()];
      const { kms: old } = await newKeyring(mode, [by]);
      const life = await live(old);
      const file = await backUp(old);
      const later = await newKey(old);
      const kms = await newKms();
      const taking = { from: file, by, mode: 'replace' } as const;
      for (let times = 0; times < 3; times++) assert.equal((await kms.import(taking)).added, 4);
      assert.deepInclude(await kms.import({ from: file, by }), { added: 0, kept: 4 });
      await assertLives(kms, life);
      const { lastBackup, isOnlyCopy } = await kms.durability();
      assert.equal(lastBackup?.changesSince, 0);
      assert.isFalse(isOnlyCopy);
      // What came after it would be lost: a slot, a mode, a key.
      const added = await kms.slots.add(other, { by });
      await assertFails(kms.import(taking), 'BackupOutdated');
      await kms.slots.remove(added);
      await kms.import(taking);
      await kms.upgrade({ to: mode === 'locked' ? 'recoverable' : 'locked', by });
      await assertFails(kms.import(taking), 'BackupOutdated');
      await kms.import({ ...taking, allowRollback: true });
      await kms.import(taking);
      const own = await newKey(kms);
      await assertFails(kms.import(taking), 'BackupOutdated');
      await kms.describeKey({ KeyId: own });
      // Also where it was taken back to on purpose.
      await old.import({ ...taking, allowRollback: true });
      await old.import(taking);
      await assertFails(old.describeKey({ KeyId: later }), 'NotFoundException');
      assert.deepEqual((await old.check()).findings, []);
    }
  });

  test('takes no material away that only this device has', async ({ skip }) => {
    if (!newStore().holdsCryptoKeys) skip('all material can be wrapped here');
    for (const to of ['recoverable', 'locked'] as const) {
      const by = newSecret();
      const store = newStore();
      const kms = await openKms({ store });
      const life = await live(kms);
      await kms.upgrade({ to, slots: [by] });
      const { unwrapped } = await kms.protection();
      assert.isNotEmpty(unwrapped);
      const from = await backUp(kms);
      await kms.import({ from, by, mode: 'replace' });
      await assertLives(kms, life);
      assert.deepEqual((await kms.check()).findings, []);
      assert.deepEqual((await kms.protection()).unwrapped, unwrapped);
      await newKey(kms);
      await kms.import({ from, by, mode: 'replace', allowRollback: true });
      await assertLives(await openKms({ store, unlock: by }), life);
    }
  });

  test('is put in the place of a keyring whose own row is damaged', async () => {
    const by = newSecret();
    const { store, kms } = await newKeyring('locked', [by]);
    const life = await live(kms);
    const from = await backUp(kms);
    for (const text of ['null', '7', '"x"', '{"generation":"1e999"}', '{', `{"id":${JSON.stringify('x')},"slots":7}`]) {
      const value = new Uint8Array([...new Uint8Array(32), ...utf8(text)]);
      await store.commit([], [{ table: 'keyring', id: 'keyring', value }], 'strict');
      const taking = { from, by, mode: 'replace' } as const;
      await assertFails(kms.import(taking), 'BackupOutdated', /4 keys of another keyring/);
      await kms.import({ ...taking, allowRollback: true });
      await assertLives(kms, life);
      assert.isTrue((await kms.check()).isWhole);
    }
  });

  test('opens by the slots that it was written to, and by no others', async () => {
    const [mine, code, strange] = [newSecret(), recoveryCode(newRecoveryCode()), recoveryCode(newRecoveryCode())];
    const { kms } = await newKeyring('locked', [mine, code]);
    await newKey(kms);
    const file = await backUp(kms, 'recovery-code');
    const there = await newKms();
    for (const by of [mine, strange]) await assertFails(there.import({ from: file, by }), 'UnlockFailed');
    await assertFails(kms.export({ to: 'passkey' }), 'ValidationException', /passkey/);
    assert.equal((await there.import({ from: file, by: code })).added, 1);
    await assertFails(there.export(), 'ValidationException', /no root/);
  });

  test('that was cut or changed anywhere is refused, and nothing of it is taken', async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    await newKey(kms);
    const file = await backUp(kms);
    const there = await newKms();
    const refused = async (from: Bytes) =>
      assert.include(['BackupCorrupt', 'UnlockFailed'], (await failure(there.import({ from, by }))).name);
    for (let bit = 3; bit < file.length * 8; bit += 397) await refused(flipBit(file, bit));
    for (const length of [0, 1, 5, 6, 100, file.length - 17, file.length - 1]) await refused(file.slice(0, length));
    await refused(new Uint8Array([...file, 0]));
    await refused(utf8('no backup at all'));
    assert.equal((await there.listKeys()).Keys.length, 0);
    await assertFails(there.import({ from: 7 as never, by }), 'ValidationException', /from/);
    await assertFails(there.import({ from: file, by: undefined as never }), 'ValidationException', /by/);
  });

  test('holds no description, alias or policy in clear', async () => {
    const { kms } = await newKeyring('locked', [newSecret()]);
    await live(kms);
    const text = new TextDecoder('latin1').decode(await backUp(kms));
    for (const word of ['notes', 'alias/', 'Principal', 'SYMMETRIC_DEFAULT', '000000000000'])
      assert.notInclude(text, word);
  });

  test("carries an application's own rows, of more bytes than one chunk", async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    const KeyId = await newKey(kms);
    const records = Array.from({ length: 50 }, (_, index) => ({
      id: `note ${index}`,
      value: new Uint8Array(1000).fill(index),
    }));
    const file = await bytesOf((await kms.export({ records })).stream);
    const found: unknown[] = [];
    const there = await newKms();
    // Piece by piece, as a network gives it.
    let offset = 0;
    const from = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (offset >= file.length) return controller.close();
        controller.enqueue(file.subarray(offset, offset + 777));
        offset += 777;
      },
    });
    await there.import({ from, by, onRecord: (record) => void found.push(record) });
    assert.deepEqual(found, records);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    assert.deepEqual((await there.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
  });

  test('gives no row of the application before all of it was found genuine, from a file, bytes or a stream', async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    await newKey(kms);
    // Longer than what one read of a stream gives, and than a chunk.
    const records = [1, 2, 3].map((each) => ({ id: `file ${each}`, value: new Uint8Array(300_000).fill(each) }));
    const file = await bytesOf((await kms.export({ records })).stream);
    const cut = file.slice(0, -20);
    const inPieces = (bytes: Bytes) =>
      new Blob([bytes]).stream().pipeThrough(new TransformStream<Uint8Array, Uint8Array>());
    for (const [whole, broken] of [
      [file, cut],
      [new Blob([file]), new Blob([cut])],
      [inPieces(file), inPieces(cut)],
    ] as const) {
      const there = await newKms();
      let given = 0;
      const onRecord = () => void given++;
      await assertFails(there.import({ from: broken, by, onRecord }), 'BackupCorrupt');
      assert.equal(given, 0);
      const found: unknown[] = [];
      // Each is asked for when the one before was taken.
      const slowly = async (record: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        found.push(record);
      };
      await there.import({ from: whole, by, onRecord: slowly });
      assert.deepEqual(found, records);
    }
  });

  test('keeps a passphrase that its slots have, also where PBKDF2 or Argon2id made it', async () => {
    const by = passphrase('correct horse battery', { memory: 19_456, iterations: 2 });
    const { kms } = await newKeyring('locked', [by]);
    await newKey(kms);
    const there = await openKms({ store: newStore() });
    assert.equal((await there.import({ from: await backUp(kms), by, mode: 'replace' })).added, 1);
    there.lock();
    await there.unlock(by);
  });
});
