// Versions of the library on one store. A newer one is played by records as it will write them; an older one by a store that was
// written before there were formats to tell apart.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { encodeEntry } from '../../src/formats/backup.ts';
import { fromBase64, toBase64 } from '../../src/formats/base64.ts';
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import { writeFile } from '../../src/keyring/backup/file.ts';
import { readBackup } from '../../src/keyring/backup/read.ts';
import { passesOf } from '../../src/keyring/backup/take.ts';
import { allRows } from '../../src/keyring/row-digest.ts';
import { rootFromSecret } from '../../src/unlock/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, rowId } from '../support/kms.ts';
import { editRecord, raiseFormat } from '../support/newer-version.ts';
import { bytesOf, newSecret } from '../unlock/support.ts';
import old from '../vectors/store-format-1.json' with { type: 'json' };

const keptTables = ['keyring', 'keys', 'aliases', 'grants', 'materials'];
const recordTables = ['keyring', 'keys', 'aliases', 'grants', 'trail-head'];
const day = 86_400_000;

async function dump(store: Store, tables: readonly string[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const table of tables)
    for await (const { id, version, value } of allRows(store, table))
      rows.push(`${table}/${id} ${version} ${toBase64(value)}`);
  return rows;
}

/** Every operation that changes a key that is there. */
const changesOf = (kms: Kms, KeyId: string): readonly (readonly [name: string, change: () => Promise<unknown>])[] => [
  ['CreateAlias', () => kms.createAlias({ AliasName: 'alias/more', TargetKeyId: KeyId })],
  ['UpdateAlias', () => kms.updateAlias({ AliasName: 'alias/known', TargetKeyId: KeyId })],
  [
    'CreateGrant',
    () => kms.createGrant({ KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:user/b', Operations: ['Encrypt'] }),
  ],
  ['UpdateKeyDescription', () => kms.updateKeyDescription({ KeyId, Description: 'changed' })],
  ['TagResource', () => kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'c' }] })],
  ['UntagResource', () => kms.untagResource({ KeyId, TagKeys: ['a'] })],
  ['EnableKeyRotation', () => kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })],
  ['RotateKeyOnDemand', () => kms.rotateKeyOnDemand({ KeyId })],
  ['DisableKeyRotation', () => kms.disableKeyRotation({ KeyId })],
  ['DisableKey', () => kms.disableKey({ KeyId })],
  ['EnableKey', () => kms.enableKey({ KeyId })],
  ['ReplicateKey', () => kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' })],
  ['DeleteAlias', () => kms.deleteAlias({ AliasName: 'alias/more' })],
  ['ScheduleKeyDeletion', () => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })],
  ['CancelKeyDeletion', () => kms.cancelKeyDeletion({ KeyId })],
];

async function newKeyring(store: Store, clock: () => number = Date.now): Promise<{ kms: Kms; KeyId: string }> {
  const kms = await openKms({ store, clock });
  const KeyId = await newKey(kms, { MultiRegion: true });
  await kms.createAlias({ AliasName: 'alias/known', TargetKeyId: KeyId });
  await kms.createGrant({
    KeyId,
    GranteePrincipal: 'arn:aws:iam::000000000000:user/a',
    Operations: ['Decrypt'],
  });
  return { kms, KeyId };
}

describe('a newer version on the same store', () => {
  test('whose store is in a newer format is not opened, and nothing of it is touched', async () => {
    const store = memoryStore();
    await newKeyring(store);
    await raiseFormat(store, 2);
    const before = await dump(store, [...keptTables, 'trail', 'trail-head']);
    for (const options of [{}, { onEvicted: 'continue' }, { trail: 'off' }] as const)
      await assertFails(
        openKms({ store, ...options }),
        'StoreNewer',
        'The store was written by a newer version of keyhaven, in format 2; this one knows 1. Update keyhaven here. Nothing was changed.',
      );
    assert.deepEqual(await dump(store, [...keptTables, 'trail', 'trail-head']), before);
  });

  test('that moves the store while it is open here ends all changes, and no use', async () => {
    const store = memoryStore();
    const { kms, KeyId } = await newKeyring(store);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('before') });
    await raiseFormat(store, 2);
    const before = await dump(store, keptTables);
    await assertFails(kms.createKey(), 'StoreNewer');
    const possible = changesOf(kms, KeyId).filter(
      // What there is nothing to do for changes nothing, whatever the format.
      ([name]) => !['DeleteAlias', 'CancelKeyDeletion', 'UpdateAlias'].includes(name),
    );
    for (const [name, change] of possible)
      await change().then(
        () => assert.fail(`${name} was carried out`),
        (error: Error) => assert.equal(error.name, 'StoreNewer', name),
      );
    assert.deepEqual(await dump(store, keptTables), before);
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('before'));
    await kms.encrypt({ KeyId: 'alias/known', Plaintext: utf8('after') });
  });

  test('whose backup is in a newer format says so, and not that the file is damaged', async () => {
    const by = newSecret();
    const kms = await openKms({ store: memoryStore(), mode: 'locked', slots: [by] });
    await newKey(kms);
    const file = new Blob([await bytesOf((await kms.export()).stream)]);
    const backup = await readBackup(
      passesOf(file, false).first(() => {}),
      by,
    );
    const { store, custody, record, mode, createdAt, slots } = backup;
    await raiseFormat(store, 2, custody);
    const header = {
      ...{ keyring: record.id, generation: record.generation ?? 0, createdAt, mode },
      slots: slots.map(({ row }) => row.value),
    };
    async function* rows() {
      for (const table of ['keyring', 'keys', 'materials'])
        for await (const row of allRows(store, table)) yield encodeEntry({ table, id: row.id, value: row.value });
    }
    const pieces: BlobPart[] = [];
    for await (const piece of writeFile(custody, header, rows())) pieces.push(piece);
    for (const mode of ['merge', 'replace'] as const)
      await assertFails(
        kms.import({ from: new Blob(pieces), by, mode, allowRollback: true }),
        'StoreNewer',
        'The backup was written by a newer version of keyhaven, in format 2; this one knows 1. Update keyhaven here. Nothing was changed.',
      );
  });

  test('with a key of a newer format: that key is refused, and all others serve', async () => {
    const store = memoryStore();
    let now = Date.now();
    const { kms, KeyId } = await newKeyring(store, () => now);
    const newer = await newKey(kms);
    const doomed = await newKey(kms);
    await kms.scheduleKeyDeletion({ KeyId: doomed, PendingWindowInDays: 7 });
    const ref = { table: 'keys', id: rowId(newer) };
    await editRecord(store, ref, (record) => ({ ...record, format: 2, spec: 'OF_TOMORROW' }));
    const [before] = await store.read([ref]);
    const refused: readonly (() => Promise<unknown>)[] = [
      () => kms.describeKey({ KeyId: newer }),
      () => kms.encrypt({ KeyId: newer, Plaintext: utf8('x') }),
      () => kms.updateKeyDescription({ KeyId: newer, Description: 'x' }),
      () => kms.scheduleKeyDeletion({ KeyId: newer, PendingWindowInDays: 7 }),
      () => kms.createAlias({ AliasName: 'alias/newer', TargetKeyId: newer }),
      () => kms.listKeys(),
    ];
    for (const call of refused)
      await assertFails(call(), 'StoreNewer', /^The row keys\/.* in format 2; this one knows 1/);
    for (const [, change] of changesOf(kms, KeyId)) await change();
    now += 8 * day;
    const again = await openKms({ store, clock: () => now });
    await again.settle();
    await again.createKey();
    await assertFails(again.describeKey({ KeyId: doomed }), 'NotFoundException');
    assert.deepEqual((await store.read([ref]))[0], before);
  });

  test('keeps the members that it wrote beside ours, whatever is changed here', async () => {
    const store = memoryStore();
    const { kms, KeyId } = await newKeyring(store);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const later = { of: 'tomorrow' };
    for (const table of recordTables)
      for await (const { id } of allRows(store, table))
        await editRecord(store, { table, id }, (record) => ({
          ...record,
          later,
          ...(table === 'keys' && {
            materials: (record['materials'] as object[]).map((entry) => ({ ...entry, later })),
            grants: { ...(record['grants'] as object), later },
          }),
        }));
    const marked: { table: string; id: string }[] = [];
    for (const table of recordTables) for await (const { id } of allRows(store, table)) marked.push({ table, id });
    for (const [name, change] of changesOf(kms, KeyId)) {
      await change();
      for (const ref of marked) {
        const [row] = await store.read([ref]);
        const record = JSON.parse(new TextDecoder().decode(row?.value.slice(32)));
        assert.deepEqual(record.later, later, `${name}: ${ref.table}/${ref.id}`);
        if (ref.table !== 'keys') continue;
        assert.deepEqual(record.materials[0].later, later, `${name}: material`);
        assert.deepEqual(record.grants.later, later, `${name}: grants`);
      }
    }
    assert.isTrue((await kms.trail.verify()).isIntact);
  });
});

describe('a store that an older version wrote', () => {
  const Plaintext = utf8('meet at nine');
  const EncryptionContext = { note: '17' };

  test('is opened, used and changed', async () => {
    const store = memoryStore();
    const rows = old.rows.map(({ table, id, value }) => ({ table, id, value: fromBase64(value) }));
    await store.commit([], rows, 'strict');
    let now = old.at;
    const root = await rootFromSecret(old.secret);
    const kms = await openKms({ store, root, clock: () => now });
    assert.isTrue((await kms.trail.verify()).isIntact);
    for (const text of old.ciphertexts) {
      const CiphertextBlob = fromBase64(text);
      assert.deepEqual((await kms.decrypt({ CiphertextBlob, EncryptionContext })).Plaintext, Plaintext);
      const replica = kms.at({ accountId: '000000000000', region: 'eu-west-1' });
      assert.deepEqual(
        (await replica.decrypt({ CiphertextBlob, KeyId: old.symmetric, EncryptionContext })).Plaintext,
        Plaintext,
      );
    }
    const macCall = { KeyId: old.hmac, Message: utf8('x'), MacAlgorithm: 'HMAC_SHA_256' } as const;
    assert.isTrue((await kms.verifyMac({ ...macCall, Mac: fromBase64(old.mac) })).MacValid);
    const call = { KeyId: old.pair, Message: utf8('x'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    assert.isTrue((await kms.verify({ ...call, Signature: fromBase64(old.signature) })).SignatureValid);
    assert.equal((await kms.listGrants({ KeyId: old.symmetric })).Grants?.[0]?.GrantId, old.GrantId);
    await kms.updateAlias({ AliasName: 'alias/notes', TargetKeyId: old.symmetric });
    await kms.rotateKeyOnDemand({ KeyId: old.symmetric });
    await kms.createKey();
    now += 8 * day;
    await kms.settle();
    await assertFails(kms.describeKey({ KeyId: old.doomed }), 'NotFoundException');
    assert.equal((await kms.listKeys()).Keys?.length, 4);
    assert.isTrue((await kms.check()).isWhole);
    assert.isTrue((await kms.trail.verify()).isIntact);
  });
});
