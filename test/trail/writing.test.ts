// How the trail is written: with changes, in groups, before results in strict mode, and in one sequence by all who share a store.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms, type Store, StoreUnavailable } from '../../src/index.ts';
import type { Write } from '../../src/store/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { day, newKey, newStore, TestClock } from '../support/kms.ts';

interface Commit {
  readonly writes: readonly Write[];
  readonly durability: string;
}

/** A store that shows its commits, and fails them while `fails` is set. */
function observed(inner: Store = memoryStore()): { store: Store; commits: Commit[]; fails: { now: boolean } } {
  const commits: Commit[] = [];
  const fails = { now: false };
  const store: Store = {
    ...inner,
    async commit(checks, writes, durability) {
      if (fails.now) throw new StoreUnavailable('The disk is full.');
      const isWritten = await inner.commit(checks, writes, durability);
      if (isWritten) commits.push({ writes, durability });
      return isWritten;
    },
  };
  return { store, commits, fails };
}
const tablesOf = ({ writes }: Commit): string[] => [...new Set(writes.map(({ table }) => table))].sort();
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const groupsIn = async (store: Store): Promise<number> => (await store.list('trail', { limit: 1000 })).length;
const namesIn = async (kms: Kms): Promise<string[]> =>
  (await kms.trail.lookup()).Events.map(({ EventName }) => EventName).reverse();

describe('the trail', () => {
  test('records changes in the commit of the change', async () => {
    const { store, commits } = observed();
    const kms = await openKms({ store });
    const count = commits.length;
    const KeyId = await newKey(kms);
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
    await kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    const { GrantId } = await kms.createGrant({
      KeyId,
      GranteePrincipal: 'arn:aws:iam::000000000000:user/bob',
      Operations: ['Encrypt'],
    });
    await kms.revokeGrant({ KeyId, GrantId });
    await kms.scheduleKeyDeletion({ KeyId });
    await kms.cancelKeyDeletion({ KeyId });
    const changes = commits.slice(count);
    assert.lengthOf(changes, 7);
    for (const commit of changes) {
      assert.includeMembers(tablesOf(commit), ['keys', 'trail', 'trail-head']);
      assert.equal(commit.durability, 'strict');
    }
  });

  test('has nothing of a change that was not committed', async () => {
    const { store, fails } = observed();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    fails.now = true;
    await assertFails(kms.disableKey({ KeyId }), 'StoreUnavailable');
    fails.now = false;
    const events = (await kms.trail.lookup()).Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent));
    assert.deepEqual(
      events.map(({ eventName, errorCode }) => [eventName, errorCode]),
      [
        ['DisableKey', 'StoreUnavailable'],
        ['CreateKey', undefined],
      ],
    );
    assert.isTrue((await kms.describeKey({ KeyId })).KeyMetadata.Enabled);
  });

  test('writes all other calls in groups, within 100 ms', async () => {
    const { store, commits } = observed();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    const count = commits.length;
    await Promise.all(Array.from({ length: 40 }, () => kms.encrypt({ KeyId, Plaintext: utf8('x') })));
    const later = commits.slice(count).filter((commit) => tablesOf(commit).includes('trail'));
    assert.isAtMost(later.length, 2);
    for (let waited = 0; waited < 100 && (await groupsIn(store)) < 2; waited += 10) await pause(10);
    assert.isAtLeast(await groupsIn(store), 2);
    const [newest] = await store.list('trail', { limit: 1 });
    assert.include(new TextDecoder().decode(newest?.value), '"Encrypt"');
  });

  test('in strict mode is in the store before the result, of failed and denied calls too', async () => {
    const { store, commits } = observed();
    const kms = await openKms({ store, trail: 'strict' });
    const KeyId = await newKey(kms);
    const lastEvent = () => {
      const { writes, durability } = commits.at(-1) as Commit;
      const text = new TextDecoder().decode(writes.find(({ table }) => table === 'trail')?.value?.subarray(32));
      return { ...JSON.parse(text).events.at(-1), durability };
    };
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    assert.deepInclude(lastEvent(), { name: 'Encrypt', error: null, durability: 'strict' });
    await failure(kms.decrypt({ CiphertextBlob: utf8('rubbish') }));
    assert.equal(lastEvent().error.code, 'InvalidCiphertextException');
    await failure(kms.as({ arn: 'arn:aws:iam::000000000000:user/eve' }).describeKey({ KeyId }));
    assert.equal(lastEvent().error.code, 'AccessDenied');
    await kms.listKeys();
    assert.equal(lastEvent().name, 'ListKeys');
  });

  test('gives no result out whose event cannot be written', async () => {
    for (const trail of ['strict', 'grouped'] as const) {
      const { store, fails } = observed();
      const kms = await openKms({ store, trail });
      const KeyId = await newKey(kms);
      await kms.encrypt({ KeyId, Plaintext: utf8('x') });
      await kms.trail.flush();
      fails.now = true;
      if (trail === 'grouped') {
        // The first group is lost sight of; from then on nothing is given out.
        await kms.encrypt({ KeyId, Plaintext: utf8('x') });
        await failure(kms.trail.flush());
      }
      await assertFails(kms.encrypt({ KeyId, Plaintext: utf8('x') }), 'StoreUnavailable');
      await assertFails(kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }), 'StoreUnavailable');
      await assertFails(kms.disableKey({ KeyId }), 'StoreUnavailable');
      fails.now = false;
      // What waited is written after all.
      await kms.encrypt({ KeyId, Plaintext: utf8('x') });
      const names = await namesIn(kms);
      assert.includeMembers(names, ['GenerateDataKey', 'DisableKey']);
      assert.isTrue((await kms.trail.verify()).isIntact);
    }
  });

  test('has no gap and no event twice where several keyrings write at once', async () => {
    const store = newStore();
    const first = await openKms({ store });
    const KeyId = await newKey(first);
    const keyrings = [first, ...(await Promise.all([1, 2, 3].map(() => openKms({ store, trail: 'grouped' }))))];
    const work = keyrings.map(async (kms, i) => {
      for (let round = 0; round < 6; round++) {
        await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: { by: `${i}/${round}` } });
        await kms.updateKeyDescription({ KeyId, Description: `${i}/${round}` });
        if (round % 2 === 0) await kms.trail.flush();
      }
    });
    await Promise.all(work);
    await Promise.all(keyrings.map((kms) => kms.trail.flush()));
    const report = await first.trail.verify();
    assert.deepEqual(report, { isIntact: true, findings: [], first: 1, last: 1 + 4 * 6 * 2, anchor: 'none' });
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await first.trail.lookup({ NextToken });
      for (const { CloudTrailEvent } of page.Events) {
        const { requestParameters: p } = JSON.parse(CloudTrailEvent);
        if (p?.encryptionContext) seen.push(`e ${p.encryptionContext.by}`);
        else if (p?.description) seen.push(`d ${p.description}`);
      }
      NextToken = page.NextToken;
    } while (NextToken);
    assert.lengthOf(seen, 48);
    assert.equal(new Set(seen).size, 48);
  });

  test('costs no read for a call that changes nothing', async () => {
    const counts = async (trail: 'grouped' | 'off') => {
      const inner = memoryStore();
      let reads = 0;
      const kms = await openKms({
        store: {
          ...inner,
          read(refs) {
            reads++;
            return inner.read(refs);
          },
        },
        trail,
      });
      const KeyId = await newKey(kms);
      await kms.encrypt({ KeyId, Plaintext: utf8('x') });
      await kms.trail.flush();
      reads = 0;
      for (let i = 0; i < 10; i++) await kms.encrypt({ KeyId, Plaintext: utf8('x') });
      const found = reads;
      await kms.trail.flush();
      return found;
    };
    // A group reads the head once.
    assert.isAtMost((await counts('grouped')) - (await counts('off')), 1);
  });

  test('keeps what retention allows, by count and by age, and is whole afterwards', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read, trailRetention: { records: 50, days: 10 } });
    const KeyId = await newKey(kms);
    const before = await kms.trail.head();
    const many = async (groups: number) => {
      for (let i = 0; i < groups; i++) {
        await Promise.all(Array.from({ length: 10 }, () => kms.encrypt({ KeyId, Plaintext: utf8('x') })));
        await kms.trail.flush();
      }
      // A cut follows the write.
      await kms.trail.flush();
    };
    await many(12);
    const report = await kms.trail.verify();
    assert.isTrue(report.isIntact, JSON.stringify(report));
    assert.equal(report.last, 121);
    assert.isAtLeast(report.first, 121 - 60);
    assert.isAtMost(report.first, 121 - 50 + 1);
    assert.equal((await kms.trail.verify({ anchor: before })).anchor, 'too-old');

    clock.pass(5 * day);
    await many(1);
    clock.pass(7 * day);
    await many(1);
    const aged = await kms.trail.verify();
    assert.isTrue(aged.isIntact, JSON.stringify(aged));
    assert.equal(aged.last, 141);
    assert.equal(aged.first, 122);

    // The beginning is authenticated: taking more away is not retention.
    const rows = await store.list('trail', { limit: 100 });
    const oldest = rows.at(-1);
    await store.commit([], [{ table: 'trail', id: oldest?.id ?? '' }], 'strict');
    const { findings } = await kms.trail.verify();
    assert.deepEqual(
      findings.map(({ kind, from, to }) => [kind, from, to]),
      [['missing', 122, 131]],
    );
  });

  test('stays readable when keys are deleted, and when rows are lost', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(8 * day);
    await kms.listKeys();
    assert.deepEqual(await namesIn(kms), ['CreateKey', 'Encrypt', 'ScheduleKeyDeletion', 'DeleteKey', 'ListKeys']);
    const [, second] = await store.list('trail', { limit: 10 });
    await store.commit([], [{ table: 'trail', id: second?.id ?? '' }], 'strict');
    assert.include(await namesIn(kms), 'CreateKey');
  });

  test('that lost its head is begun anew only by those who ask for it', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    await store.commit([], [{ table: 'trail-head', id: 'head' }], 'strict');
    await assertFails(kms.disableKey({ KeyId }), 'StoreCorrupt', /onEvicted/);
    await assertFails(openKms({ store }), 'StoreCorrupt', /onEvicted/);
    const looking = await openKms({ store, trail: 'off' });
    assert.isFalse((await looking.trail.verify()).isIntact);
    const again = await openKms({ store, onEvicted: 'continue' });
    await again.disableKey({ KeyId });
    const { isIntact, findings } = await again.trail.verify();
    assert.isFalse(isIntact);
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['replaced'],
    );
    assert.include(await namesIn(again), 'CreateKey');
  });

  test('that is begun anew overwrites nothing and can be counted on, also where rows were put before all others', async () => {
    // An id that no group has, one of the last group that there could be, and one that only ids with the place of no group have.
    for (const id of ['!', '0'.repeat(16), `${'0'.repeat(15)}1`]) {
      const store = memoryStore();
      const kms = await openKms({ store });
      const KeyId = await newKey(kms);
      // More events than one group may have, in more than one group.
      for (const count of [400, 200])
        await Promise.all(Array.from({ length: count }, () => kms.encrypt({ KeyId, Plaintext: utf8('x') })));
      await kms.trail.flush();
      const before = await store.list('trail', { limit: 100 });
      const odd = { table: 'trail', id, value: new Uint8Array(40) };
      await store.commit([], [{ table: 'trail-head', id: 'head' }, odd], 'strict');
      const again = await openKms({ store, onEvicted: 'continue' });
      for (let i = 0; i < 3; i++) {
        await again.generateRandom({ NumberOfBytes: 1 });
        await again.trail.flush();
      }
      const after = new Map((await store.list('trail', { limit: 100 })).map((row) => [row.id, row.version]));
      for (const row of before) assert.equal(after.get(row.id), row.version, id);
      const { last, findings } = await again.trail.verify();
      assert.isBelow(last, 2000, id);
      assert.deepEqual(
        findings.map(({ kind }) => kind),
        ['replaced', 'inserted'],
        id,
      );
      assert.deepEqual(
        (await namesIn(again)).slice(-3),
        Array.from({ length: 3 }, () => 'GenerateRandom'),
      );
    }
  });

  test('that is off records nothing, and goes on where it stopped when it is on again', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    const off = await openKms({ store, trail: 'off' });
    await off.disableKey({ KeyId });
    await (await openKms({ store })).enableKey({ KeyId });
    assert.deepEqual(await namesIn(off), ['CreateKey', 'EnableKey']);
    assert.isTrue((await off.trail.verify()).isIntact);
  });

  test('refuses options that mean nothing', async () => {
    await assertFails(
      openKms({ store: memoryStore(), trail: 'loud' as 'off' }),
      'ValidationException',
      /trail must be/,
    );
    await assertFails(openKms({ store: memoryStore(), trailRetention: { days: 0 } }), 'ValidationException', /days/);
  });
});
