// A clock that jumps, forward and back: what is due by it, and what nobody may get out of it.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { createHandler } from '../../src/http/index.ts';
import { Replays } from '../../src/http/sigv4/replays.ts';
import { memoryStore, openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, TestClock } from '../support/kms.ts';
import { signedRequest, testCredential } from '../support/signer.ts';

const minute = 60_000;
const year = 365 * day;

async function place() {
  const clock = new TestClock();
  const store = memoryStore();
  const kms = await openKms({ store, clock: clock.read });
  return { clock, store, kms, start: clock.now };
}

describe('a clock that jumps', () => {
  test('rotates a key once, however often it goes there and back', async () => {
    const { clock, kms, start } = await place();
    const KeyId = await newKey(kms);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('before') });
    const materials = async () =>
      (await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations?.length;
    assert.equal(await materials(), 1);
    for (const now of [start + year, start, start + year, start - year, start + year]) {
      clock.now = now;
      assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('before'));
      await kms.encrypt({ KeyId, Plaintext: utf8('x') });
      assert.equal(await materials(), 2);
    }
  });

  test('back does not shorten a waiting period; forward ends it, and then the key is gone also when it comes back', async () => {
    const { clock, kms, start } = await place();
    const KeyId = await newKey(kms);
    clock.now = start - year;
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.now = start + 6 * day;
    assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.KeyState, 'PendingDeletion');
    clock.now = start + 8 * day;
    await assertFails(kms.describeKey({ KeyId }), 'NotFoundException');
    clock.now = start;
    await assertFails(kms.describeKey({ KeyId }), 'NotFoundException');
  });

  test('ends the token of an import, and no other one gets longer by it', async () => {
    const { clock, kms, start } = await place();
    const KeyId = await newKey(kms, { Origin: 'EXTERNAL' });
    const ask = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
    const { ImportToken, ParametersValidTo } = await kms.getParametersForImport(ask);
    assert.equal(ParametersValidTo?.getTime(), start + day);
    const EncryptedKeyMaterial = new Uint8Array(256);
    const take = () =>
      kms.importKeyMaterial({
        KeyId,
        ImportToken: ImportToken as Uint8Array,
        EncryptedKeyMaterial,
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      });
    clock.now = start + day + minute;
    await assertFails(take(), 'ExpiredImportTokenException');
  });

  test('leaves the order of the trail, and is named by its verification', async () => {
    const { clock, kms, start } = await place();
    for (const now of [start, start + year, start - day, start]) {
      clock.now = now;
      await kms.createKey();
      await kms.trail.flush();
    }
    const report = await kms.trail.verify();
    assert.isTrue(report.isIntact);
    assert.deepEqual([...new Set(report.findings.map(({ kind }) => kind))], ['clock-set-back']);
    assert.equal(report.last, 4);
  });

  test('judges signatures by the time that it has, and lets no change be made twice', async () => {
    const { clock, kms, start } = await place();
    const handler = createHandler(kms, { credentials: [testCredential], clock: clock.read });
    const create = async (time: number) =>
      (await handler(signedRequest({ operation: 'CreateKey', time }))).headers.get('x-amzn-errortype');
    assert.isNull(await create(start));
    for (const jump of [10 * minute, -10 * minute]) {
      clock.now = start + jump;
      assert.equal(await create(start), 'InvalidSignatureException');
      assert.isNull(await create(clock.now));
    }
    // The jump did not make it forget.
    clock.now = start;
    assert.equal(await create(start), 'InvalidSignatureException');
    assert.isNull(await create(start + 1000));
  });

  test('makes the memory of signatures no shorter, in either direction', () => {
    let steady = 0;
    const replays = new Replays(10, () => steady);
    const end = 5 * minute;
    replays.refuseSecond('seen', '1', end, 0);
    const again = (now: number) => replays.refuseSecond('seen', '2', end, now);
    // A year ahead, and back a second later.
    steady = 1000;
    replays.refuseSecond('other', '1', year + end, year);
    assert.throws(() => again(3000), /carried out already/);
    // Set back an hour, and an hour later.
    steady = 60 * minute;
    assert.throws(() => again(3000), /carried out already/);
  });
});
