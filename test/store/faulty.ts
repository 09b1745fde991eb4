// A place that fails: at each of its calls in turn, before it did what it was asked or after. Whatever happens, the keyring opens again,
// holds what was acknowledged, and nothing in it is half made. Each store fails where it meets its platform: at its statements,
// transactions and requests.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, KmsError, openKms, type Store, StoreUnavailable } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';

/** Carries out a call of the platform, or fails in its place. */
export type Fault = <T>(work: () => Promise<T>) => Promise<T>;
/** The same for platforms that answer at once. */
export type FaultNow = <T>(work: () => T) => T;

export interface FaultyPlace {
  /** A store whose calls go through `fault`, in a new and empty place. */
  create(faults: { fault: Fault; faultNow: FaultNow }): Promise<Store> | Store;
  /** The same place with nothing in between. */
  healthy(): Store;
  /** Where the store holds no CryptoKeys. */
  readonly root?: CryptoKey | undefined;
}

/** A store whose own calls go through `fault`. */
export const faultyPort = (store: Store, fault: Fault): Store => ({
  ...store,
  read: (refs) => fault(() => store.read(refs)),
  list: (table, options) => fault(() => store.list(table, options)),
  count: (table) => fault(() => store.count(table)),
  commit: (checks, writes, durability) => fault(() => store.commit(checks, writes, durability)),
});

/** What a caller was told. */
export interface Told {
  readonly blobs: Uint8Array[];
  readonly aliases: string[];
  readonly scheduled: string[];
}

export const newTold = (): Told => ({ blobs: [], aliases: [], scheduled: [] });

/** A day in the life of a keyring. */
export async function live(kms: Kms, told: Told): Promise<void> {
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

export async function assertWhole(kms: Kms, { blobs, aliases, scheduled }: Told): Promise<void> {
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

/** @param at the number of the call that fails @param isLate whether it was carried out */
function faultsAt(at: number, isLate: boolean, fail: () => Error) {
  let calls = 0;
  const isNow = () => ++calls === at;
  return {
    calls: () => calls,
    async fault<T>(work: () => Promise<T>): Promise<T> {
      if (!isNow()) return work();
      if (isLate) await work();
      throw fail();
    },
    faultNow<T>(work: () => T): T {
      if (!isNow()) return work();
      if (isLate) work();
      throw fail();
    },
  };
}

/** Where a platform is too slow for every call in every run, every so many of them; KEYHAVEN_FAULTS=all takes all. */
export interface FaultPlan {
  readonly every?: number;
  readonly fail?: () => Error;
}

export function describeFaults(
  name: string,
  open: () => FaultyPlace | Promise<FaultyPlace>,
  plan: FaultPlan = {},
): void {
  const isAll = typeof process !== 'undefined' && process.env['KEYHAVEN_FAULTS'] === 'all';
  const every = isAll ? 1 : (plan.every ?? 1);
  const fail = plan.fail ?? (() => new StoreUnavailable('The disk is full.'));
  describe(`${name} that fails`, () => {
    for (const [when, isLate] of [
      ['before it wrote', false],
      ['after it wrote', true],
    ] as const)
      test(`at ${every === 1 ? 'any' : `every ${every}th`} call, ${when}: nothing that was acknowledged is lost, nothing is half made`, async () => {
        let failures = 0;
        for (let at = isLate ? 2 : 1; ; at += every) {
          const { calls, ...faults } = faultsAt(at, isLate, fail);
          const place = await open();
          const store = await place.create(faults);
          const told = newTold();
          const { root } = place;
          const error = await openKms({ store, root })
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
          const again = await openKms({ store: place.healthy(), root });
          await assertWhole(again, told);
          await live(again, told);
          await assertWhole(again, told);
          const report = await again.trail.verify();
          assert.isTrue(report.isIntact, JSON.stringify(report.findings));
          if (calls() < at) break;
        }
        assert.isAtLeast(failures, 3);
      }, 120_000);
  });
}
