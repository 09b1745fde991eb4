// Locking: what it takes away, here and in other tabs.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  decryptStream as decryptMessage,
  encryptStream as encryptMessage,
  kmsKeyring,
  multiKeyring,
} from '../../src/esdk/index.ts';
import { type Kms, memoryStore, openKms } from '../../src/index.ts';
import { decryptObject, encryptObject, kmsKeyring as s3KmsKeyring } from '../../src/s3/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import {
  decryptStream,
  encryptStream,
  gcmDecryptStream,
  gcmDecryptStreamUnverified,
  gcmEncryptStream,
  openRandomAccess,
  type StreamPair,
} from '../../src/streams/index.ts';
import { secret } from '../../src/unlock/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { appArn, canMovePorts, serve } from '../support/host.ts';
import { newKey, newStore } from '../support/kms.ts';
import { isLocked, pause, until } from '../support/until.ts';

describe('lock', () => {
  test('wipes the data keys of sealers, which can be used again after an unlock', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    const KeyId = await newKey(kms);
    const sealer = await openSealer(kms, { KeyId, store: memoryStore() });
    const record = await sealer.sealAsync(utf8('Ada'));
    kms.lock();
    await assertFails(sealer.openAsync(record), 'KeyLocked');
    await assertFails(sealer.sealAsync(utf8('Ada')), 'KeyLocked');
    await kms.unlock(method);
    assert.deepEqual(await sealer.openAsync(record), utf8('Ada'));
    sealer.close();
  });

  test('wins over an unlock that is under way, and not over one that comes after it', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    kms.lock();
    const unlocking = kms.unlock(method);
    kms.lock();
    await assertFails(unlocking, 'KeyLocked', /while they were being unlocked/);
    assert.isTrue(await isLocked(kms));
    const first = failure(kms.unlock(method)).catch((error) => error);
    kms.lock();
    await kms.unlock(method);
    await first;
    assert.isFalse(await isLocked(kms));
    await newKey(kms);
    kms.destroy();
  });

  test('wins over a backup that is being taken into a locked keyring', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    const from = await new Response((await kms.export()).stream).blob();
    kms.lock();
    await kms.import({ from, by: method, mode: 'replace', onProgress: () => kms.lock() });
    assert.isTrue(await isLocked(kms));
    kms.destroy();
  });

  test('reaches sealers also where a listener of the application throws', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    kms.onLock(() => {
      throw new Error('the page is gone');
    });
    const sealer = await openSealer(kms, { KeyId: await newKey(kms), store: memoryStore() });
    sealer.seal(utf8('Ada'));
    assert.throws(() => kms.lock(), 'the page is gone');
    assert.isTrue(await isLocked(kms));
    assert.throws(() => sealer.seal(utf8('Ada')));
    await assertFails(sealer.sealAsync(utf8('Ada')), 'KeyLocked');
    sealer.close();
  });

  test('holds while a backup takes the place of the keyring', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    await newKey(kms);
    const from = await new Response((await kms.export()).stream).blob();
    const taking = { from, by: method, mode: 'replace', allowRollback: true } as const;
    await kms.import({ ...taking, onProgress: () => kms.lock() });
    assert.isTrue(await isLocked(kms));
    // Whoever takes a backup into a locked keyring opens it by that.
    await kms.import(taking);
    assert.lengthOf((await kms.listKeys()).Keys, 1);
    kms.destroy();
  });

  test('holds while the keyring is upgraded', async ({ skip }) => {
    const store = newStore();
    if (!store.holdsCryptoKeys) skip('there is nothing to upgrade from here');
    const method = secret(random(32));
    const kms = await openKms({ store, mode: 'recoverable', slots: [method] });
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('Ada') });
    await kms.upgrade({ to: 'locked', onProgress: () => kms.lock() });
    assert.isTrue(await isLocked(kms));
    await assertFails(kms.decrypt({ CiphertextBlob }), 'KeyLocked');
    await kms.unlock(method);
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('Ada'));
    kms.destroy();
  });

  test('holds while the keyring is upgraded to one that needs no unlock from day to day', async ({ skip }) => {
    const store = newStore();
    if (!store.holdsCryptoKeys) skip('there is nothing to upgrade to here');
    const method = secret(random(32));
    const kms = await openKms({ store, mode: 'locked', slots: [method] });
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('Ada') });
    await kms.upgrade({ to: 'recoverable', by: method, onProgress: () => kms.lock() });
    assert.isTrue(await isLocked(kms));
    await assertFails(kms.decrypt({ CiphertextBlob }), 'KeyLocked');
    await kms.unlock(method);
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('Ada'));
    // Where nothing could unlock it again it is open.
    await kms.upgrade({ to: 'device', onProgress: () => kms.lock() });
    assert.isFalse(await isLocked(kms));
    kms.destroy();
  });

  test('reaches the other tabs', async ({ skip }) => {
    if (typeof indexedDB === 'undefined') skip('there are no tabs here that share a keyring');
    const store = newStore();
    const method = secret(random(32));
    const here = await openKms({ store, mode: 'locked', slots: [method] });
    const there = await openKms({ store, unlock: method });
    const other = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    here.lock();
    await until(() => isLocked(there));
    assert.isFalse(await isLocked(other));
    for (const kms of [here, there, other]) kms.destroy();
  });
});

describe('lock, while a stream is open,', () => {
  const EncryptionContext = { file: 'a' };
  /** More than a stream takes in before somebody reads. */
  const file = new Blob([new Uint8Array(2_000_000).fill(7)]);

  async function setUp() {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    return { kms, method, KeyId: await newKey(kms) };
  }

  /** Reads once, locks, and reads on: an error, and a writer that is not done yet learns of it, too. */
  async function assertStops(kms: Kms, pair: StreamPair, source: Blob | 'endless'): Promise<void> {
    const reader = pair.readable.getReader();
    const written = writeAll(pair.writable.getWriter(), source).then(
      () => 'done',
      (error: Error) => error.name,
    );
    assert.isAbove((await reader.read()).value?.length ?? 0, 0);
    kms.lock();
    await assertFails(drain(reader), 'KeyLocked');
    // The streams of workerd tell a writer in words of their own.
    const told = ['KeyLocked', ...(globalThis.navigator?.userAgent === 'Cloudflare-Workers' ? ['TypeError'] : [])];
    assert.include(source === 'endless' ? told : ['done', ...told], await written);
  }

  /** As a disk gives it: in pieces, and a message of a port gets its turn in between. */
  async function writeAll(writer: WritableStreamDefaultWriter<Uint8Array>, source: Blob | 'endless'): Promise<void> {
    const size = source === 'endless' ? Number.POSITIVE_INFINITY : source.size;
    for (let offset = 0; offset < size; offset += 65_536) {
      const piece =
        source === 'endless' ? new ArrayBuffer(65_536) : source.slice(offset, offset + 65_536).arrayBuffer();
      await writer.write(new Uint8Array(await piece));
      await pause(0);
    }
    await writer.close();
  }

  async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    while (!(await reader.read()).done);
  }

  const sealed = async (stream: ReadableStream<Uint8Array>): Promise<Blob> =>
    new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).blob();

  test('ends encryptStream and decryptStream at both ends, and they begin anew after an unlock', async () => {
    const { kms, method, KeyId } = await setUp();
    const whole = await sealed(file.stream().pipeThrough(encryptStream(kms, { KeyId, EncryptionContext })));
    await assertStops(kms, encryptStream(kms, { KeyId, EncryptionContext }), 'endless');
    await kms.unlock(method);
    await assertStops(kms, decryptStream(kms, { EncryptionContext }), whole);
    await kms.unlock(method);
    assert.equal((await sealed(whole.stream().pipeThrough(decryptStream(kms, { EncryptionContext })))).size, file.size);
  });

  test('ends them in the workers, too', async () => {
    const { kms, method, KeyId } = await setUp();
    const whole = await sealed(file.stream().pipeThrough(encryptStream(kms, { KeyId, workers: true })));
    await assertStops(kms, encryptStream(kms, { KeyId, workers: true }), 'endless');
    await kms.unlock(method);
    await assertStops(kms, decryptStream(kms, { workers: true }), whole);
  });

  test('ends readers of parts, whose streams were being read', async () => {
    const { kms, method, KeyId } = await setUp();
    const whole = await sealed(file.stream().pipeThrough(encryptStream(kms, { KeyId })));
    const reader = await openRandomAccess(kms, whole);
    const stream = reader.stream().getReader();
    await stream.read();
    const reading = reader.read(0, 1_000_000);
    kms.lock();
    await assertFails(reading, 'KeyLocked');
    await assertFails(drain(stream), 'KeyLocked');
    await assertFails(reader.read(0, 1), 'KeyLocked');
    await kms.unlock(method);
    await assertFails(reader.read(0, 1), 'KeyLocked', /open the stream again/);
    assert.deepEqual(await (await openRandomAccess(kms, whole)).read(5, 6), new Uint8Array([7]));
  });

  test('ends streams of one tag that were told whose key theirs is, read or not', async () => {
    const { kms, method } = await setUp();
    const key = random(32);
    const sealing = gcmEncryptStream({ key });
    const whole = await sealed(file.stream().pipeThrough(sealing));
    await assertStops(kms, gcmEncryptStream({ key, kms }), 'endless');
    await kms.unlock(method);
    await assertStops(kms, gcmDecryptStream({ key, iv: sealing.iv, kms }), whole);
    await kms.unlock(method);
    await assertStops(kms, gcmDecryptStreamUnverified({ key, iv: sealing.iv, kms }), whole);
    await kms.unlock(method);
    const unread = gcmEncryptStream({ key, kms });
    kms.lock();
    await assertFails(unread.readable.getReader().read(), 'KeyLocked');
    assert.throws(() => gcmEncryptStream({ key, kms: 7 as unknown as Kms }), /kms must be/);
  });

  test('ends messages of the AWS Encryption SDK and objects of S3', async () => {
    const { kms, method, KeyId } = await setUp();
    const { KeyMetadata } = await kms.describeKey({ KeyId });
    const generatorKeyId = KeyMetadata.Arn;
    for (const client of [kms, () => kms]) {
      const keyring = multiKeyring({ generator: kmsKeyring({ client, generatorKeyId }) });
      const message = await sealed(file.stream().pipeThrough(encryptMessage(keyring)));
      await assertStops(kms, encryptMessage(keyring), 'endless');
      await kms.unlock(method);
      const opening = { signedMessages: 'release-before-verification' } as const;
      await assertStops(kms, decryptMessage(keyring, opening), message);
      await kms.unlock(method);
    }
    const keyring = s3KmsKeyring(kms, { KeyId });
    const { body } = await encryptObject(file.stream(), { keyring });
    const reader = body.getReader();
    await reader.read();
    kms.lock();
    await assertFails(drain(reader), 'KeyLocked');
    await kms.unlock(method);
    const object = await encryptObject(file, { keyring });
    const opened = await decryptObject({ ...object, body: object.body.stream() }, { keyring });
    const first = opened.getReader();
    await first.read();
    kms.lock();
    await assertFails(drain(first), 'KeyLocked');
  });

  test('ends streams that run behind a port, and what the page was granted', async ({ skip }) => {
    if (!(await canMovePorts())) skip('this runtime does not move ports');
    const { kms, method, KeyId } = await setUp();
    await kms.createGrant({ KeyId, GranteePrincipal: appArn, Operations: ['GenerateDataKey', 'Decrypt'] });
    const served = serve(kms);
    try {
      const remote = await served.connect();
      let locks = 0;
      remote.onLock(() => locks++);
      const whole = await sealed(file.stream().pipeThrough(remote.encryptStream({ KeyId })));
      await assertStops(kms, remote.encryptStream({ KeyId }), 'endless');
      await kms.unlock(method);
      await assertStops(kms, remote.decryptStream(), whole);
      await kms.unlock(method);
      // Here the work is the page's, under a data key that it was given.
      await assertStops(kms, encryptStream(remote, { KeyId }), 'endless');
      await kms.unlock(method);
      const sealer = await openSealer(remote, { KeyId, store: memoryStore() });
      const record = await sealer.sealAsync(utf8('Ada'));
      kms.lock();
      await until(() => locks === 4);
      await assertFails(sealer.openAsync(record), 'KeyLocked');
      await kms.unlock(method);
      assert.deepEqual(await sealer.openAsync(record), utf8('Ada'));
      sealer.close();
    } finally {
      served.close();
    }
  });
});
