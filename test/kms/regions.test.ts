// One store holds every account and Region, and each has keys and aliases of its own.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';

describe('accounts and Regions of one store', () => {
  test('have keys and aliases of their own', async () => {
    const here = await newKms();
    const there = here.at({ region: 'eu-west-1' });
    const other = here.at({ accountId: '111122223333' });
    const ids = [];
    for (const kms of [here, there, other]) {
      const KeyId = await newKey(kms);
      ids.push(KeyId);
      await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
    }
    for (const [index, kms] of [here, there, other].entries()) {
      assert.deepEqual(
        (await kms.listKeys()).Keys.map(({ KeyId }) => KeyId),
        [ids[index]],
      );
      assert.equal((await kms.describeKey({ KeyId: 'alias/a' })).KeyMetadata.KeyId, ids[index]);
      assert.equal((await kms.listAliases()).Aliases.length, 1);
    }
    assert.equal(
      (await there.describeKey({ KeyId: 'alias/a' })).KeyMetadata.Arn,
      `arn:aws:kms:eu-west-1:000000000000:key/${ids[1]}`,
    );
    const { CiphertextBlob } = await there.encrypt({ KeyId: 'alias/a', Plaintext: utf8('x') });
    await assertFails(here.decrypt({ CiphertextBlob }), 'AccessDeniedException');
    await assertFails(here.describeKey({ KeyId: ids[1] }), 'NotFoundException');
  });

  test('are the same whether opened together or one by one', async () => {
    const store = newStore();
    const [one, two] = await Promise.all([openKms({ store }), openKms({ store, region: 'eu-west-1' })]);
    const KeyId = await newKey(two);
    assert.equal((await one.at({ region: 'eu-west-1' }).describeKey({ KeyId })).KeyMetadata.KeyId, KeyId);
    await newKey(one);
    const again = await openKms({ store, region: 'eu-west-1' });
    assert.lengthOf((await again.listKeys()).Keys, 1);
  });

  test('page through their own keys only', async () => {
    const kms = await newKms();
    const regions = ['ap-south-1', 'eu-west-1', 'us-west-2'].map((region) => kms.at({ region }));
    for (const region of regions) for (let i = 0; i < 3; i++) await newKey(region);
    for (const region of regions) {
      const first = await region.listKeys({ Limit: 2 });
      assert.deepEqual([first.Keys.length, first.Truncated], [2, true]);
      const second = await region.listKeys({ Limit: 2, Marker: first.NextMarker });
      assert.deepEqual([second.Keys.length, second.Truncated], [1, false]);
    }
  });

  test('lose the keys that are due, whichever is opened', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const there = kms.at({ region: 'eu-west-1' });
    const KeyId = await newKey(there);
    await there.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(8 * day);
    await openKms({ store, clock: clock.read });
    assert.equal(await store.count('keys'), 0);
  });

  test('must have names', async () => {
    const kms = await newKms();
    for (const place of [{ region: 'nowhere' }, { region: 'us-east-1/x' }, { accountId: '1' }]) {
      assert.throws(() => kms.at(place), /must be/);
    }
  });
});
