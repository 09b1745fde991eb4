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
});

/** A store that notes its calls; not that a key was used, which is written once a minute and behind the caller's back. */
function noting(store: Store, freshFor?: number): { store: Store; calls: string[] } {
  const calls: string[] = [];
  const note = <T>(call: string, work: Promise<T>): Promise<T> => {
    calls.push(call);
    return work;
  };
  return {
    calls,
    store: {
      ...store,
      freshFor,
      read: (refs) => note('read', store.read(refs)),
      list: (table, options) => note('list', store.list(table, options)),
      count: (table) => note('count', store.count(table)),
      commit: (checks, writes, durability) => {
        const work = store.commit(checks, writes, durability);
        return writes.every(({ table }) => table === 'uses') ? work : note('commit', work);
      },
    },
  };
}

/** Every operation that uses a key, on keys that were used before. */
async function usesOf(
  kms: Kms,
): Promise<readonly (readonly [name: string, reads: number, use: () => Promise<unknown>])[]> {
  const make = async (input: Parameters<Kms['createKey']>[0]) => (await kms.createKey(input)).KeyMetadata.KeyId;
  const Message = utf8('x');
  const KeyId = await make({});
  await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
  const macKey = await make({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const signing = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const agreeing = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { CiphertextBlob } = await kms.encrypt({ KeyId: 'alias/a', Plaintext: Message });
  const macCall = { KeyId: macKey, Message, MacAlgorithm: 'HMAC_SHA_256' } as const;
  const { Mac } = await kms.generateMac(macCall);
  const call = { KeyId: signing, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
  const { Signature } = await kms.sign(call);
  const { PublicKey } = await kms.getPublicKey({ KeyId: agreeing });
  const other = await make({});
  return [
    ['Encrypt', 1, () => kms.encrypt({ KeyId: 'alias/a', Plaintext: Message })],
    ['Decrypt', 1, () => kms.decrypt({ CiphertextBlob })],
    // Two keys, one after the other: the second is read when the first was found to be usable.
    ['ReEncrypt', 2, () => kms.reEncrypt({ CiphertextBlob, DestinationKeyId: other })],
    ['GenerateDataKey', 1, () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })],
    ['GenerateDataKeyWithoutPlaintext', 1, () => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' })],
    ['GenerateDataKeyPair', 1, () => kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })],
    ['GenerateMac', 1, () => kms.generateMac(macCall)],
    ['VerifyMac', 1, () => kms.verifyMac({ ...macCall, Mac })],
    ['Sign', 1, () => kms.sign(call)],
    ['Verify', 1, () => kms.verify({ ...call, Signature })],
    [
      'DeriveSharedSecret',
      1,
      () =>
        kms.deriveSharedSecret({ KeyId: agreeing, KeyAgreementAlgorithm: 'ECDH', PublicKey: PublicKey as Uint8Array }),
    ],
    ['GetPublicKey', 1, () => kms.getPublicKey({ KeyId: signing })],
    ['GenerateRandom', 0, () => kms.generateRandom({ NumberOfBytes: 32 })],
  ];
}

describe('a call that uses a key', () => {
  test('reads the store once, and writes nothing', async () => {
    const { store, calls } = noting(memoryStore());
    const kms = await openKms({ store, trail: 'off' });
    for (const [name, reads, use] of await usesOf(kms)) {
      await use();
      calls.length = 0;
      await use();
      assert.deepEqual(calls, new Array(reads).fill('read'), name);
    }
  });

  test('reads nothing where the record of its key may be one of a moment ago', async () => {
    const { store, calls } = noting(memoryStore(), 3_600_000);
    const kms = await openKms({ store, trail: 'off' });
    const uses = await usesOf(kms);
    for (const [name, , use] of uses) {
      await use();
      calls.length = 0;
      await use();
      assert.deepEqual(calls, [], name);
    }
  });

  test('has its record in the trail written behind the answer', async () => {
    const { store, calls } = noting(memoryStore());
    const kms = await openKms({ store });
    const uses = await usesOf(kms);
    for (const [, , use] of uses) await use();
    await kms.trail.flush();
    calls.length = 0;
    await uses[0]?.[2]();
    await kms.trail.flush();
    assert.equal(calls.filter((call) => call === 'commit').length, 1);
    assert.equal(calls.indexOf('commit'), calls.length - 1);
  });
});
