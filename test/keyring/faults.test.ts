// A store that fails: at each of its calls in turn, before it wrote or after. Whatever happens, the keyring opens again, holds
// what was acknowledged, and nothing in it is half made. And a store that is slow, which callers wait for once and not in a row.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, KmsError, memoryStore, openKms, type Store, StoreUnavailable } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { failure } from '../support/errors.ts';

const day = 86_400_000;

/** What a caller was told. */
interface Told {
  readonly blobs: Uint8Array[];
  readonly aliases: string[];
  readonly scheduled: string[];
}

/** A day in the life of a keyring. */
async function live(kms: Kms, told: Told): Promise<void> {
  const { KeyMetadata } = await kms.createKey({ Tags: [{ TagKey: 'a', TagValue: 'b' }] });
  const { KeyId } = KeyMetadata;
  told.blobs.push((await kms.encrypt({ KeyId, Plaintext: utf8('one') })).CiphertextBlob);
  await kms.createAlias({ AliasName: `alias/${KeyId}`, TargetKeyId: KeyId });
  told.aliases.push(`alias/${KeyId}`);
  await kms.rotateKeyOnDemand({ KeyId });
  told.blobs.push((await kms.encrypt({ KeyId, Plaintext: utf8('two') })).CiphertextBlob);
  await kms.createGrant({ KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:user/a', Operations: ['Decrypt'] });
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
  const other = (await kms.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })).KeyMetadata.KeyId;
  await kms.scheduleKeyDeletion({ KeyId: other, PendingWindowInDays: 7 });
  told.scheduled.push(other);
}

async function assertWhole(kms: Kms, { blobs, aliases, scheduled }: Told): Promise<void> {
  for (const CiphertextBlob of blobs) await kms.decrypt({ CiphertextBlob });
  for (const KeyId of aliases) await kms.encrypt({ KeyId, Plaintext: utf8('x') });
  for (const KeyId of scheduled)
    assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.KeyState, 'PendingDeletion');
  for (const { KeyId = '' } of (await kms.listKeys()).Keys ?? []) {
    const { KeyMetadata } = await kms.describeKey({ KeyId });
    if (KeyMetadata.KeyState !== 'Enabled') continue;
    if (KeyMetadata.KeyUsage === 'ENCRYPT_DECRYPT') await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    else await kms.generateMac({ KeyId, Message: utf8('x'), MacAlgorithm: 'HMAC_SHA_256' });
  }
}

/** A store whose call number `at` fails; what it was to write is written (`late`) or not. */
function failing(store: Store, at: number, isLate: boolean): { store: Store; calls: () => number } {
  let calls = 0;
  const fail = async <T>(work: () => Promise<T>): Promise<T> => {
    if (++calls !== at) return work();
    if (isLate) await work();
    throw new StoreUnavailable('The disk is full.');
  };
  const faulty: Store = {
    ...store,
    read: (refs) => fail(() => store.read(refs)),
    list: (table, options) => fail(() => store.list(table, options)),
    count: (table) => fail(() => store.count(table)),
    commit: (checks, writes, durability) => fail(() => store.commit(checks, writes, durability)),
  };
  return { store: faulty, calls: () => calls };
}

const newTold = (): Told => ({ blobs: [], aliases: [], scheduled: [] });

describe('a store that fails', () => {
  for (const [name, isLate] of [
    ['before it wrote', false],
    ['after it wrote', true],
  ] as const)
    test(`at any call, ${name}: nothing that was acknowledged is lost, nothing is half made`, async () => {
      let failures = 0;
      for (let at = 1; ; at++) {
        const healthy = memoryStore();
        const { store, calls } = failing(healthy, at, isLate);
        const told = newTold();
        const error = await openKms({ store })
          .then((kms) => live(kms, told))
          .then(
            () => undefined,
            (found: unknown) => found,
          );
        if (error !== undefined) {
          assert.instanceOf(error, KmsError);
          assert.equal((error as KmsError).name, 'StoreUnavailable');
          failures++;
        }
        const again = await openKms({ store: healthy });
        await assertWhole(again, told);
        await live(again, told);
        await assertWhole(again, told);
        if (calls() < at) break;
      }
      assert.isAbove(failures, 20);
    }, 60_000);

  test('a clock that jumps a year ahead and back loses no key that was not to be deleted', async () => {
    const store = memoryStore();
    const start = Date.now();
    let now = start;
    const kms = await openKms({ store, clock: () => now });
    const told = newTold();
    await live(kms, told);
    now = start - 365 * day;
    await assertWhole(kms, told);
    now = start + 3 * day;
    await assertWhole(await openKms({ store, clock: () => now }), told);
    now = start + 365 * day;
    const later = await openKms({ store, clock: () => now });
    const [gone] = told.scheduled;
    assert.equal((await failure(later.describeKey({ KeyId: gone as string }))).name, 'NotFoundException');
    now = start;
    await assertWhole(later, { ...told, scheduled: [] });
  });
});

describe('a store that is slow', () => {
  test('is waited for by many callers at once', async () => {
    const fast = memoryStore();
    let isSlow = false;
    const running = { now: 0, most: 0 };
    const store: Store = {
      ...fast,
      async read(refs) {
        running.most = Math.max(running.most, ++running.now);
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 50));
        running.now--;
        return fast.read(refs);
      },
    };
    const kms = await openKms({ store });
    const { KeyMetadata } = await kms.createKey();
    const call = () => kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('x') });
    await call();
    isSlow = true;
    await Promise.all(Array.from({ length: 100 }, call));
    assert.isAtLeast(running.most, 100);
  });

  test('is read once for a call that uses a key it knows, and never written to', async () => {
    const plain = memoryStore();
    const calls: string[] = [];
    const note = <T>(call: string, work: Promise<T>): Promise<T> => {
      calls.push(call);
      return work;
    };
    const store: Store = {
      ...plain,
      read: (refs) => note('read', plain.read(refs)),
      list: (table, options) => note('list', plain.list(table, options)),
      count: (table) => note('count', plain.count(table)),
      commit: (...args) => note('commit', plain.commit(...args)),
    };
    // The minute does not end: a key's last use is written once a minute, behind the caller's back.
    const kms = await openKms({ store, clock: () => 1_800_000_000_000 });
    const KeyId = (await kms.createKey()).KeyMetadata.KeyId;
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
    const macKey = (await kms.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })).KeyMetadata.KeyId;
    const signing = (await kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })).KeyMetadata.KeyId;
    const { CiphertextBlob } = await kms.encrypt({ KeyId: 'alias/a', Plaintext: utf8('x') });
    const work: readonly (() => Promise<unknown>)[] = [
      () => kms.encrypt({ KeyId: 'alias/a', Plaintext: utf8('x') }),
      () => kms.decrypt({ CiphertextBlob }),
      () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
      () => kms.generateMac({ KeyId: macKey, Message: utf8('x'), MacAlgorithm: 'HMAC_SHA_256' }),
      () => kms.sign({ KeyId: signing, Message: utf8('x'), SigningAlgorithm: 'ECDSA_SHA_256' }),
    ];
    for (const each of work) await each();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const each of work) {
      calls.length = 0;
      await each();
      assert.deepEqual(calls, ['read']);
    }
  });
});
