// A store that fails at each of its calls in turn: see ../store/faulty.ts, which the tests of all stores use. And a store that is slow, which callers wait for once and not in a row.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import { assertWhole, describeFaults, faultyPort, live, newTold } from '../store/faulty.ts';
import { utf8 } from '../support/bytes.ts';
import { failure } from '../support/errors.ts';

const day = 86_400_000;

describeFaults('a store', () => {
  const healthy = memoryStore();
  return { create: ({ fault }) => faultyPort(healthy, fault), healthy: () => healthy };
});

describe('a clock', () => {
  test('that jumps a year ahead and back loses no key that was not to be deleted', async () => {
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
function noting(store: Store, freshFor?: number): { store: Store; calls: string[]; uses: { written: number } } {
  const calls: string[] = [];
  const uses = { written: 0 };
  const note = <T>(call: string, work: Promise<T>): Promise<T> => {
    calls.push(call);
    return work;
  };
  return {
    calls,
    uses,
    store: {
      ...store,
      freshFor,
      read: (refs) => note('read', store.read(refs)),
      list: (table, options) => note('list', store.list(table, options)),
      count: (table) => note('count', store.count(table)),
      commit: (checks, writes, durability) => {
        const work = store.commit(checks, writes, durability);
        if (!writes.every(({ table }) => table === 'uses')) return note('commit', work);
        work.then((isWritten) => {
          if (isWritten) uses.written++;
        });
        return work;
      },
    },
  };
}

/** Last uses that `usesOf` and one use of each make: one for each key and operation, behind the caller's back. */
const lastUses = 12;

/** Waits until they are written, so that no more of them comes while a test counts. */
async function noted(uses: { readonly written: number }): Promise<void> {
  while (uses.written < lastUses) await new Promise((resolve) => setTimeout(resolve, 5));
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
    const { store, calls, uses: behind } = noting(memoryStore());
    const kms = await openKms({ store, trail: 'off', clock: () => 0 });
    const uses = await usesOf(kms);
    for (const [, , use] of uses) await use();
    await noted(behind);
    for (const [name, reads, use] of uses) {
      calls.length = 0;
      await use();
      assert.deepEqual(calls, new Array(reads).fill('read'), name);
    }
  });

  test('reads nothing where the record of its key may be one of a moment ago', async () => {
    const { store, calls, uses: behind } = noting(memoryStore(), 3_600_000);
    const kms = await openKms({ store, trail: 'off', clock: () => 0 });
    const uses = await usesOf(kms);
    for (const [, , use] of uses) await use();
    await noted(behind);
    for (const [name, , use] of uses) {
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
