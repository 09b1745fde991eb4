// A keyring in a Durable Object, in real workerd: called over the wire, woken by its alarm, opened again after it was put to sleep.
import { runInDurableObject } from 'cloudflare:test';
import { env, type Stub } from 'cloudflare:workers';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type KeyringObject, keyringObject, kmsOver } from '../../src/edge/index.ts';
import { openKms, StoreUnavailable } from '../../src/index.ts';
import { durableObjectStore } from '../../src/store/durable-object.ts';
import { assertFails, failure } from '../support/errors.ts';
import { signedRequest, testCredential } from '../support/signer.ts';

const day = 86_400_000;
const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

interface Woken {
  readonly object: KeyringObject;
  alarmAt(): Promise<number | null>;
  call(operation: string, input: object): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** The object of a place as the platform makes it when a request comes. */
const wake = <T>(
  place: Stub,
  body: (woken: Woken) => Promise<T>,
  options: { now?: () => number; perSecond?: number } = {},
) =>
  runInDurableObject(place, (_, { storage }) => {
    const { now = Date.now, perSecond } = options;
    const open = () => openKms({ store: durableObjectStore(storage), root: root as CryptoKey, clock: now });
    const rate = perSecond === undefined ? undefined : { perSecond };
    const object = keyringObject({ storage, open, credentials: [testCredential], clock: now, rate });
    return body({
      object,
      alarmAt: () => storage.getAlarm(),
      async call(operation, input) {
        const request = signedRequest({ operation, body: JSON.stringify(input), time: now() });
        const response = await object.fetch(request);
        return { status: response.status, body: (await response.json().catch(() => ({}))) as Record<string, unknown> };
      },
    });
  });

const newPlace = (): Stub => env.PLACES.get(env.PLACES.newUniqueId());
const keyIdOf = (reply: { body: Record<string, unknown> }): string =>
  (reply.body['KeyMetadata'] as { KeyId: string }).KeyId;

describe('a keyring in a Durable Object', () => {
  test('answers on the wire, and keeps its keys while it sleeps', async () => {
    const place = newPlace();
    const made = await wake(place, async ({ call }) => {
      const KeyId = keyIdOf(await call('CreateKey', {}));
      const { body } = await call('Encrypt', { KeyId, Plaintext: btoa('edge') });
      return body['CiphertextBlob'];
    });
    await wake(place, async ({ call }) => {
      const { status, body } = await call('Decrypt', { CiphertextBlob: made });
      assert.deepEqual([status, body['Plaintext']], [200, btoa('edge')]);
    });
  });

  test('wakes itself for a deletion, which happens without anyone looking', async () => {
    const place = newPlace();
    const start = Date.now();
    let now = start;
    const options = { now: () => now };
    await wake(
      place,
      async ({ call, object, alarmAt }) => {
        const KeyId = keyIdOf(await call('CreateKey', {}));
        assert.isNull(await alarmAt());
        await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
        await new Promise((resolve) => setTimeout(resolve, 10));
        assert.equal(await alarmAt(), start + 60_000);
        now += 60_000;
        await object.alarm();
      },
      options,
    );
    await runInDurableObject(place, async (_, { storage }) => {
      await storage.deleteAlarm(); // as the platform does when it rings
      now = start + 7 * day;
      const count = () => durableObjectStore(storage).count('keys');
      assert.equal(await count(), 1);
      const open = () => openKms({ store: durableObjectStore(storage), root: root as CryptoKey, clock: () => now });
      const object = keyringObject({ storage, open, credentials: [testCredential], clock: () => now });
      await object.alarm();
      assert.equal(await count(), 0);
      assert.isNull(await storage.getAlarm());
    });
  });

  test('wakes itself again where its keyring could not be opened', async () => {
    const place = newPlace();
    await runInDurableObject(place, async (_, { storage }) => {
      const start = Date.now();
      const open = async () => {
        throw new StoreUnavailable('The secret cannot be read now.');
      };
      const object = keyringObject({ storage, open, credentials: [testCredential], clock: () => start });
      assert.instanceOf(await failure(object.alarm()), StoreUnavailable);
      assert.equal(await storage.getAlarm(), start + 3_600_000);
      await storage.deleteAlarm();
    });
  });

  test('wakes itself for a rotation, again and again', async () => {
    const start = Date.now();
    let now = start;
    await wake(
      newPlace(),
      async ({ call, object }) => {
        const KeyId = keyIdOf(await call('CreateKey', {}));
        await call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
        const kms = await object.kms();
        assert.equal((await kms.settle())?.getTime(), start + 90 * day);
        now = start + 91 * day;
        assert.equal((await kms.settle())?.getTime(), start + 180 * day);
        const rotations = (await call('ListKeyRotations', { KeyId })).body['Rotations'] as { RotationType: string }[];
        assert.deepEqual(
          rotations.map(({ RotationType }) => RotationType),
          ['AUTOMATIC'],
        );
      },
      { now: () => now },
    );
  });

  test('does for calls of other workers what it does for those on the wire: alarm, trail, rate and errors', async () => {
    await runInDurableObject(newPlace(), async (_, { storage }) => {
      const start = Date.now();
      let isBroken = true;
      const open = async () => {
        if (isBroken) throw new StoreUnavailable('The disk is gone.');
        return openKms({ store: durableObjectStore(storage), root: root as CryptoKey, clock: () => start });
      };
      const behind: Promise<unknown>[] = [];
      const waitUntil = (work: Promise<unknown>) => void behind.push(work);
      const object = keyringObject({
        storage,
        open,
        credentials: [testCredential],
        clock: () => start,
        rate: { perSecond: 1, burst: 3 },
        waitUntil,
      });
      const kms = kmsOver((operation, input) =>
        object.call(operation, input, { arn: 'arn:aws:iam::000000000000:user/worker', isAdministrator: true }),
      );
      assert.instanceOf(await failure(kms.createKey()), StoreUnavailable);
      isBroken = false;
      const { KeyId } = (await kms.createKey()).KeyMetadata;
      await assertFails(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 6 }), 'ValidationException');
      assert.isNull(await storage.getAlarm());
      await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(await storage.getAlarm(), start + 60_000);
      await Promise.all(behind);
      assert.lengthOf(behind, 3);
      assert.lengthOf((await (await open()).trail.lookup()).Events, 3);
      await assertFails(kms.listKeys(), 'ThrottlingException');
      await storage.deleteAlarm();
    });
  });

  test('writes its trail behind each answer', async () => {
    await runInDurableObject(newPlace(), async (_, { storage }) => {
      const store = durableObjectStore(storage);
      const open = () => openKms({ store, root: root as CryptoKey });
      const behind: Promise<unknown>[] = [];
      const waitUntil = (work: Promise<unknown>) => void behind.push(work);
      const object = keyringObject({ storage, open, credentials: [testCredential], waitUntil });
      await object.fetch(signedRequest({ operation: 'GenerateRandom', body: '{"NumberOfBytes":8}' }));
      assert.lengthOf(behind, 1);
      await behind[0];
      const later = await open();
      const { Events = [] } = await later.trail.lookup();
      assert.deepInclude(
        Events.map(({ EventName }) => EventName),
        'GenerateRandom',
      );
    });
  });

  test('is not opened for a request that nobody signed, and leaves no rejection behind where it cannot be opened', async () => {
    let count = 0;
    const open = async () => {
      count++;
      throw new StoreUnavailable('The disk is gone.');
    };
    const behind: Promise<unknown>[] = [];
    const waitUntil = (work: Promise<unknown>) => void behind.push(work);
    const storage = { getAlarm: async () => null, setAlarm: async () => {} };
    const object = keyringObject({ storage, open, credentials: [testCredential], waitUntil });
    const unsigned = new Request('https://kms.example.com/', { method: 'POST', body: '{}' });
    assert.isAtLeast((await object.fetch(unsigned)).status, 400);
    await Promise.all(behind);
    assert.equal(count, 0);
    const signed = await object.fetch(signedRequest({ operation: 'ListKeys', body: '{}' }));
    assert.equal(signed.status, 500);
    await Promise.all(behind);
    assert.equal(count, 1);
  });

  test('answers ThrottlingException beyond its rate', async () => {
    await wake(
      newPlace(),
      async ({ call }) => {
        const replies = [await call('ListKeys', {}), await call('ListKeys', { Limit: 1 })];
        assert.deepEqual(
          replies.map(({ status, body }) => [status, body['__type']]),
          [
            [200, undefined],
            [400, 'ThrottlingException'],
          ],
        );
      },
      { now: () => 1_800_000_000_000, perSecond: 1 },
    );
  });
});
