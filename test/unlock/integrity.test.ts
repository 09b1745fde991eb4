// What was done to the rows from outside is found and named (threat model, items 14 and 15).
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms, type Store } from '../../src/index.ts';
import type { Row } from '../../src/store/index.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newStore, rowId } from '../support/kms.ts';
import { bytesOf, newKeyring, newSecret } from './support.ts';

const put = (store: Store, ...rows: (Row | undefined)[]): Promise<boolean> =>
  store.commit(
    [],
    rows.flatMap((row) => (row ? [{ ...row }] : [])),
    'strict',
  );
const rowOf = async (store: Store, table: string, id: string): Promise<Row> =>
  (await store.read([{ table, id: rowId(id) }]))[0] as Row;

async function keyring() {
  const by = newSecret();
  const { store, kms } = await newKeyring('locked', [by]);
  const [a, b] = [await newKey(kms), await newKey(kms)];
  await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: a });
  await kms.createGrant({ KeyId: a, GranteePrincipal: 'arn:aws:iam::000000000000:user/ada', Operations: ['Decrypt'] });
  assert.deepEqual((await kms.check()).findings, []);
  return { by, store, kms, a, b };
}

describe('check', () => {
  test('finds nothing in a keyring that had a full life', async () => {
    const { kms, a, b, store, by } = await keyring();
    await kms.updateAlias({ AliasName: 'alias/a', TargetKeyId: b });
    await kms.rotateKeyOnDemand({ KeyId: a });
    await kms.disableKey({ KeyId: b });
    await kms.tagResource({ KeyId: b, Tags: [{ TagKey: 'x', TagValue: 'y' }] });
    for (const { GrantId } of (await kms.listGrants({ KeyId: a })).Grants) await kms.revokeGrant({ KeyId: a, GrantId });
    await kms.deleteAlias({ AliasName: 'alias/a' });
    const { findings, isWhole, generation } = await kms.check();
    assert.deepEqual(findings, []);
    assert.isTrue(isWhole);
    // After a key is gone for good, too.
    const { DeletionDate } = await kms.scheduleKeyDeletion({ KeyId: a, PendingWindowInDays: 7 });
    const later = await openKms({ store, unlock: by, clock: () => (DeletionDate as Date).getTime() });
    await assertFails(later.describeKey({ KeyId: a }), 'NotFoundException');
    const after = await later.check();
    assert.deepEqual(after.findings, []);
    assert.isAbove(after.generation as number, generation as number);
  });

  test('names two rows that were swapped', async () => {
    const { store, kms, a, b } = await keyring();
    const [rowA, rowB] = [await rowOf(store, 'keys', a), await rowOf(store, 'keys', b)];
    await put(store, { ...rowA, value: rowB.value }, { ...rowB, value: rowA.value });
    const { findings } = await kms.check();
    for (const id of [a, b]) assert.deepInclude(findings, { row: `keys/${rowId(id)}`, what: 'changed' });
  });

  test('names an alias that was moved, and one that was put back where it pointed before', async () => {
    const { store, kms, b } = await keyring();
    const old = await rowOf(store, 'aliases', 'alias/a');
    await kms.updateAlias({ AliasName: 'alias/a', TargetKeyId: b });
    const row = await rowOf(store, 'aliases', 'alias/a');
    await put(store, { ...row, id: rowId('alias/b') });
    assert.deepInclude((await kms.check()).findings, { row: `aliases/${rowId('alias/b')}`, what: 'changed' });
    await store.commit([], [{ table: 'aliases', id: rowId('alias/b') }], 'strict');
    await put(store, old);
    assert.deepInclude((await kms.check()).findings, { row: `aliases/${rowId('alias/a')}`, what: 'outdated' });
  });

  test('names a key whose older, wider policy was put back', async () => {
    const { store, kms, a } = await keyring();
    const wide = await rowOf(store, 'keys', a);
    const { Policy } = await kms.getKeyPolicy({ KeyId: a });
    const narrow = JSON.parse(Policy as string);
    narrow.Statement[0].Sid = 'narrow';
    await kms.putKeyPolicy({ KeyId: a, Policy: JSON.stringify(narrow) });
    assert.deepEqual((await kms.check()).findings, []);
    await put(store, wide);
    const { findings, isWhole } = await kms.check();
    assert.isFalse(isWhole);
    assert.deepInclude(findings, { row: `keys/${rowId(a)}`, what: 'outdated' });
    await assertFails(kms.export(), 'StoreCorrupt', new RegExp(a));
  });

  test('names a policy that was widened in place', async () => {
    const { store, kms, a } = await keyring();
    const row = await rowOf(store, 'keys', a);
    const text = new TextDecoder('latin1').decode(row.value).replace(':root', ':r**t');
    await put(store, { ...row, value: Uint8Array.from(text, (unit) => unit.charCodeAt(0)) });
    assert.deepInclude((await kms.check()).findings, { row: `keys/${rowId(a)}`, what: 'changed' });
  });

  test('names rows that were removed: keys, aliases, grants, material, slots', async () => {
    for (const table of ['keys', 'aliases', 'grants', 'materials', 'slots']) {
      const { store, kms } = await keyring();
      const [row] = (await store.list(table, { limit: 100 })).filter(({ id }) => id !== 'keyring');
      await store.commit([], [{ table, id: row?.id as string }], 'strict');
      const { findings } = await kms.check();
      assert.isNotEmpty(findings, table);
      assert.isTrue(
        findings.some((finding) => finding.row.startsWith(`${table}/`)),
        `${table}: ${JSON.stringify(findings)}`,
      );
    }
  });

  test('names a grant that was revoked and put back', async () => {
    const { store, kms, a } = await keyring();
    const [row] = await store.list('grants', { limit: 10 });
    const [grant] = (await kms.listGrants({ KeyId: a })).Grants;
    await kms.revokeGrant({ KeyId: a, GrantId: grant?.GrantId as string });
    await put(store, row);
    assert.isTrue((await kms.check()).findings.some(({ row: name }) => name.startsWith('grants/')));
  });

  test('names a grant that was put back in the place of the one that came after it', async () => {
    const { store, kms, a } = await keyring();
    const [old] = await store.list('grants', { limit: 10 });
    const [grant] = (await kms.listGrants({ KeyId: a })).Grants;
    await kms.revokeGrant({ KeyId: a, GrantId: grant?.GrantId as string });
    const GranteePrincipal = 'arn:aws:iam::000000000000:user/eve';
    await kms.createGrant({ KeyId: a, GranteePrincipal, Operations: ['DescribeKey'] });
    const [row] = await store.list('grants', { limit: 10 });
    assert.deepEqual((await kms.check()).findings, []);
    // As many as before, and each one of them genuine.
    await store.commit([], [{ table: 'grants', id: row?.id as string }], 'strict');
    await put(store, old);
    const { findings, isWhole } = await kms.check();
    assert.isFalse(isWhole);
    assert.deepInclude(findings, { row: `grants/${old?.id}`, what: 'outdated' });
  });

  test('takes what is there for right where that is asked for', async () => {
    const { by, store, kms, a } = await keyring();
    const old = await rowOf(store, 'keys', a);
    await kms.updateKeyDescription({ KeyId: a, Description: 'new' });
    await put(store, old);
    assert.isFalse((await kms.check()).isWhole);
    const accepted = await openKms({ store, unlock: by, onEvicted: 'continue' });
    assert.isTrue((await accepted.check()).isWhole);
    await bytesOf((await accepted.export()).stream);
  });

  test('of a whole older copy finds nothing, and says the generation that an anchor elsewhere would tell', async () => {
    const { by, store, kms, a } = await keyring();
    const tables = ['keyring', 'keys', 'aliases', 'grants', 'materials', 'slots'];
    const old = (await Promise.all(tables.map((table) => store.list(table, { limit: 100 })))).flat();
    const before = await kms.check();
    await kms.updateKeyDescription({ KeyId: a, Description: 'new' });
    const anchor = (await kms.check()).generation as number;
    await put(store, ...old);
    const again = await openKms({ store, unlock: by });
    const report = await again.check();
    assert.deepEqual(report, before);
    assert.isBelow(report.generation as number, anchor);
  });

  test('works without a root too, as far as the rows themselves tell', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const [a, b] = [await newKey(kms), await newKey(kms)];
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: a });
    assert.deepEqual(await kms.check(), { isWhole: true, findings: [], generation: undefined });
    const old = await rowOf(store, 'aliases', 'alias/a');
    await kms.updateAlias({ AliasName: 'alias/a', TargetKeyId: b });
    await put(store, old);
    assert.deepEqual((await kms.check()).findings, [{ row: `aliases/${rowId('alias/a')}`, what: 'outdated' }]);
  });
});
