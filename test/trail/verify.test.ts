// What `verify` says of a trail that somebody tampered with (threat model, item 30): edited, missing, reordered, inserted, cut off
// and replaced are told apart, and a trail that nobody touched is whole.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { memoryStore, openKms } from '../../src/index.ts';
import { flipBit, random, utf8 } from '../support/bytes.ts';
import { failure } from '../support/errors.ts';
import { newKey, TestClock } from '../support/kms.ts';
import { addGroups, at, groupRows, headRow, newVictim, put, rangeOf, remove, type Victim } from './tampering.ts';

const found = async ({ kms }: Victim, anchor?: Awaited<ReturnType<Victim['kms']['trail']['head']>>) => {
  const { isIntact, findings } = await kms.trail.verify({ anchor });
  return { isIntact, findings: findings.map(({ kind, from, to }) => [kind, from, to]) };
};
const tampered = (...findings: unknown[][]) => ({ isIntact: false, findings });

describe('verify', () => {
  test('finds nothing in a trail that nobody touched', async () => {
    const victim = await newVictim(6);
    const report = await victim.kms.trail.verify();
    assert.deepEqual(report, { isIntact: true, findings: [], first: 1, last: 10, anchor: 'none' });
    const anchor = await victim.kms.trail.head();
    await addGroups(victim, 3);
    assert.equal((await victim.kms.trail.verify({ anchor })).anchor, 'confirmed');
  });

  test('finds nothing before the first call', async () => {
    const kms = await openKms({ store: memoryStore() });
    assert.deepEqual(await kms.trail.verify(), { isIntact: true, findings: [], first: 1, last: 0, anchor: 'none' });
    const off = await openKms({ store: memoryStore(), trail: 'off' });
    await newKey(off);
    assert.deepEqual(await off.trail.verify(), { isIntact: true, findings: [], first: 1, last: 0, anchor: 'none' });
  });

  test('finds nothing in a trail that another process writes to meanwhile', async () => {
    const victim = await newVictim(4);
    const other = await openKms({ store: victim.store });
    const more = { ...victim, kms: other };
    let walks = 0;
    const list: typeof victim.store.list = async (table, options) => {
      // Before each look at the rows, and so after the head was read, two groups more.
      if (table === 'trail' && walks++ < 2) await addGroups(more, 2);
      return victim.store.list(table, options);
    };
    const watching = await openKms({ store: { ...victim.store, list } });
    walks = 0;
    const { isIntact, findings } = await watching.trail.verify();
    assert.isAbove(walks, 0);
    assert.deepEqual({ isIntact, findings }, { isIntact: true, findings: [] });
  });

  test('finds nothing where retention removes records meanwhile', async () => {
    const store = memoryStore();
    const trailRetention = { records: 40 };
    const victim = { store, kms: await openKms({ store, trailRetention }), KeyId: '' };
    victim.KeyId = await newKey(victim.kms);
    await addGroups(victim, 15);
    let walks = 0;
    const list: typeof store.list = async (table, options) => {
      if (table === 'trail' && walks++ === 0) await addGroups(victim, 40);
      return store.list(table, options);
    };
    const watching = await openKms({ store: { ...store, list }, trailRetention });
    walks = 0;
    const { isIntact, findings } = await watching.trail.verify();
    assert.isAbove(walks, 1, 'it looked again');
    assert.deepEqual({ isIntact, findings }, { isIntact: true, findings: [] });
  });

  test('names records that were edited', async () => {
    const victim = await newVictim(6);
    const row = at(await groupRows(victim), 2);
    const text = new TextDecoder().decode(row.value.subarray(32)).replace('"Encrypt"', '"Decrypt"');
    await put(victim, row.id, Uint8Array.from([...row.value.subarray(0, 32), ...utf8(text)]));
    assert.deepEqual(await found(victim), tampered(['edited', ...rangeOf(row)]));
  });

  test('names records that are missing, at the front too', async () => {
    for (const index of [0, 2]) {
      const victim = await newVictim(6);
      const row = at(await groupRows(victim), index);
      await remove(victim, [row.id]);
      assert.deepEqual(await found(victim), tampered(['missing', ...rangeOf(row)]));
    }
  });

  test('names a tail that was cut off', async () => {
    const victim = await newVictim(6);
    const rows = (await groupRows(victim)).slice(-2);
    await remove(
      victim,
      rows.map(({ id }) => id),
    );
    assert.deepEqual(await found(victim), tampered(['cut-off', rangeOf(at(rows, 0))[0], rangeOf(at(rows, 1))[1]]));
  });

  test('names records that changed places', async () => {
    const victim = await newVictim(6);
    const rows = await groupRows(victim);
    const [a, b] = [at(rows, 1), at(rows, 3)];
    await put(victim, a.id, b.value);
    await put(victim, b.id, a.value);
    assert.deepEqual(await found(victim), tampered(['reordered', ...rangeOf(a)], ['reordered', ...rangeOf(b)]));
  });

  test('names rows that were inserted: made up, copied, or under no name of a group', async () => {
    const victim = await newVictim(6);
    const rows = await groupRows(victim);
    // Between two groups of more than one record there is a free place.
    const [first] = rangeOf(at(rows, 3));
    const free = String(Number.MAX_SAFE_INTEGER - (first + 1)).padStart(16, '0');
    await put(victim, free, at(rows, 1).value);
    assert.deepEqual(await found(victim), tampered(['inserted', first + 1, first + 1]));
    await put(victim, free, random(200));
    assert.deepEqual(await found(victim), tampered(['inserted', first + 1, first + 1]));
    await remove(victim, [free]);
    await put(victim, 'x', random(200));
    assert.deepEqual(await found(victim), tampered(['inserted', 11, 11]));
  });

  test('names a head that was edited, and one that is missing', async () => {
    const victim = await newVictim(3);
    const { value } = await headRow(victim);
    await put(victim, 'head', flipBit(value, 400), 'trail-head');
    assert.deepEqual(await found(victim), tampered(['edited', null, null]));
    await remove(victim, ['head'], 'trail-head');
    assert.deepEqual(await found(victim), tampered(['missing', null, null]));
    const rows = await groupRows(victim);
    await remove(
      victim,
      rows.map(({ id }) => id),
    );
    assert.deepEqual(await found(victim), tampered(['missing', null, null]));
  });

  test('names a trail that was replaced by that of another keyring', async () => {
    const [victim, other] = [await newVictim(4), await newVictim(5)];
    const rows = await groupRows(victim);
    await remove(
      victim,
      rows.map(({ id }) => id),
    );
    for (const { id, value } of await groupRows(other)) await put(victim, id, value);
    await put(victim, 'head', (await headRow(other)).value, 'trail-head');
    assert.deepEqual((await found(victim)).findings[0]?.[0], 'replaced');
    const { anchor } = await victim.kms.trail.verify({ anchor: await other.kms.trail.head() });
    assert.equal(anchor, 'refuted');
  });

  test('names records of another history, spliced into this one', async () => {
    const victim = await newVictim(3);
    const before = await Promise.all([groupRows(victim), headRow(victim)]);
    await addGroups(victim, 3);
    const spliced = at(await groupRows(victim), 3);
    // The whole store is set back, and another history begins.
    for (const { id } of (await groupRows(victim)).slice(3)) await remove(victim, [id]);
    await put(victim, 'head', before[1].value, 'trail-head');
    await addGroups(victim, 3);
    assert.isTrue((await found(victim)).isIntact);
    await put(victim, spliced.id, spliced.value);
    const { isIntact, findings } = await found(victim);
    assert.isFalse(isIntact);
    assert.deepEqual([...new Set(findings.map(([kind]) => kind))], ['replaced']);
  });

  test('knows a trail that was set back as a whole by the anchor alone', async () => {
    const victim = await newVictim(3);
    const old = await headRow(victim);
    const oldAnchor = await victim.kms.trail.head();
    await addGroups(victim, 2);
    const anchor = await victim.kms.trail.head();
    for (const { id } of (await groupRows(victim)).slice(3)) await remove(victim, [id]);
    await put(victim, 'head', old.value, 'trail-head');
    assert.isTrue((await found(victim)).isIntact, 'without an anchor nobody can tell');
    assert.deepEqual(await found(victim, anchor), tampered(['cut-off', oldAnchor.sequence + 1, anchor.sequence]));
    await addGroups(victim, 4);
    assert.deepEqual((await found(victim, anchor)).findings, [['replaced', null, anchor.sequence]]);
    assert.isTrue((await found(victim, oldAnchor)).isIntact);
  });

  test('names a head that was set back without its records', async () => {
    const victim = await newVictim(3);
    const old = await headRow(victim);
    await addGroups(victim, 1);
    await put(victim, 'head', old.value, 'trail-head');
    const { isIntact, findings } = await found(victim);
    assert.isFalse(isIntact);
    assert.equal(findings[0]?.[0], 'replaced');
  });

  test('names a clock that was set back, which is no tampering', async () => {
    const clock = new TestClock();
    const store = memoryStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    clock.pass(-3_600_000);
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    const { isIntact, findings } = await kms.trail.verify();
    assert.isTrue(isIntact);
    assert.deepEqual(
      findings.map(({ kind, from, to }) => [kind, from, to]),
      [['clock-set-back', 2, 2]],
    );
  });

  test('is for administrators of the account', async () => {
    const { kms } = await newVictim(2);
    const eve = kms.as({ arn: 'arn:aws:iam::000000000000:user/eve' });
    for (const look of [() => eve.trail.verify(), () => eve.trail.lookup(), () => eve.trail.head()])
      assert.equal((await failure(look())).name, 'AccessDeniedException');
  });

  test('names random tampering right', async () => {
    const victim = await newVictim(12);
    const pristine = await groupRows(victim);
    const places = fc.uniqueArray(fc.nat(pristine.length - 1), { minLength: 1, maxLength: 4 });
    const act = fc.record({
      places,
      kinds: fc.array(fc.constantFrom('edit', 'delete'), { minLength: 4, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(act, fc.nat(), async ({ places, kinds }, bit) => {
        for (const { id, value } of pristine) await put(victim, id, value);
        const expected = new Map<number, string>();
        for (const [i, place] of places.entries()) {
          const row = at(pristine, place);
          if (kinds[i] === 'edit') await put(victim, row.id, flipBit(row.value, bit % (row.value.length * 8)));
          else await remove(victim, [row.id]);
          expected.set(place, kinds[i] === 'edit' ? 'edited' : 'missing');
        }
        // What is gone at the end, to the very end, was cut off.
        for (let place = pristine.length - 1; expected.get(place) === 'missing'; place--)
          expected.set(place, 'cut-off');
        const { isIntact, findings } = await victim.kms.trail.verify();
        assert.isFalse(isIntact);
        const named = new Map<number, string>();
        for (const { kind, from, to } of findings)
          for (let sequence = from ?? 0; sequence <= (to ?? -1); sequence++) named.set(sequence, kind);
        const wanted = new Map<number, string>();
        for (const [place, kind] of expected) {
          const [first, last] = rangeOf(at(pristine, place));
          for (let sequence = first; sequence <= last; sequence++) wanted.set(sequence, kind);
        }
        // Where bytes that were edited say no more how many records they were, they reach to the next that is known.
        const blur = (names: Map<number, string>) => [...names].map(([sequence]) => sequence).sort((a, b) => a - b);
        assert.deepEqual(blur(named), blur(wanted));
        for (const [place, kind] of expected) {
          const [first] = rangeOf(at(pristine, place));
          let before = place - 1;
          while (expected.has(before) && expected.get(before) !== 'edited') before--;
          if (expected.get(before) !== 'edited') assert.equal(named.get(first), kind);
        }
      }),
      { numRuns: 60 },
    );
  });
});
