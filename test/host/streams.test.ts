// Streams that run where the keys are: the page gets no data key, chunks are moved, and each end learns of the other's failure.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { concat } from '../../src/formats/bytes.ts';
import type { ConnectedKms, HostRecord } from '../../src/host/index.ts';
import {
  AccessDeniedException,
  InvalidCiphertextException,
  type Kms,
  KmsError,
  StreamTruncated,
} from '../../src/index.ts';
import { decryptStream, encryptStream } from '../../src/streams/index.ts';
import { random } from '../support/bytes.ts';
import { appArn, canMovePorts, type Served, serve } from '../support/host.ts';
import { newKey, newKms } from '../support/kms.ts';

let served: Served | undefined;
afterEach(() => {
  served?.close();
  served = undefined;
});

interface Given {
  kms: Kms;
  KeyId: string;
  remote: ConnectedKms;
  records: HostRecord[];
}

async function setUp(skip: (reason: string) => void): Promise<Given> {
  if (!(await canMovePorts())) skip('this runtime does not move ports');
  const kms = await newKms();
  const KeyId = await newKey(kms);
  const records: HostRecord[] = [];
  await kms.createGrant({ KeyId, GranteePrincipal: appArn, Operations: ['GenerateDataKey', 'Decrypt'] });
  served = serve(kms, { onCall: (record) => void records.push(record) });
  return { kms, KeyId, remote: await served.connect(), records };
}

/** By hand, because a Response hides the error of its stream. */
async function all(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let each = await reader.read(); !each.done; each = await reader.read()) parts.push(each.value);
  return concat(...parts);
}
const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> => {
  let done = 0;
  return new ReadableStream({
    pull(controller) {
      if (done >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(done, done + 30_000));
      done += 30_000;
    },
  });
};
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a stream behind a port', () => {
  test('encrypts and decrypts as one beside the keys, and is recorded', async ({ skip }) => {
    const { kms, KeyId, remote, records } = await setUp(skip);
    const EncryptionContext = { file: 'a' };
    for (const size of [0, 1, 16_384, 300_001]) {
      const file = random(size);
      const sealed = await all(streamOf(file).pipeThrough(remote.encryptStream({ KeyId, EncryptionContext })));
      assert.deepEqual(await all(streamOf(sealed).pipeThrough(decryptStream(kms, { EncryptionContext }))), file);
      const beside = await all(streamOf(file).pipeThrough(encryptStream(kms, { KeyId, EncryptionContext })));
      assert.deepEqual(await all(streamOf(beside).pipeThrough(remote.decryptStream({ EncryptionContext }))), file);
    }
    const operations = records.filter(({ event }) => event === 'call').map(({ operation }) => operation);
    assert.deepEqual([...new Set(operations)], ['GenerateDataKey', 'Decrypt']);
    assert.isTrue(records.every(({ error }) => error === undefined));
  });

  test('moves its chunks, and copies a part of something larger', async ({ skip }) => {
    const { KeyId, remote } = await setUp(skip);
    const { readable, writable } = remote.encryptStream({ KeyId });
    const reading = all(readable);
    const writer = writable.getWriter();
    const whole = random(5000);
    const larger = random(5000);
    await writer.write(whole);
    await writer.write(larger.subarray(0, 100));
    await writer.close();
    await reading;
    assert.equal(whole.length, 0);
    assert.equal(larger.length, 5000);
  });

  test('fails at both ends with the error of the operation, of its own class', async ({ skip }) => {
    const { kms, remote, records } = await setUp(skip);
    const other = await newKey(kms);
    const pair = remote.encryptStream({ KeyId: other });
    const writing = caught(streamOf(random(100_000)).pipeTo(pair.writable));
    assert.instanceOf(await caught(all(pair.readable)), AccessDeniedException);
    assert.instanceOf(await writing, AccessDeniedException);
    assert.include(records.at(-1), { event: 'call', operation: 'GenerateDataKey', keyId: other });
    const bad = remote.encryptStream({ KeyId: 7 as never });
    assert.equal(((await caught(all(bad.readable))) as KmsError).code, 'SerializationException');
    assert.throws(() => remote.encryptStream({ KeyId: (() => 1) as never }), /must be/);
  });

  test('gives out nothing that is not authentic', async ({ skip }) => {
    const { KeyId, remote } = await setUp(skip);
    const file = random(50_000);
    const sealed = await all(streamOf(file).pipeThrough(remote.encryptStream({ KeyId })));
    const changed = sealed.slice();
    changed[sealed.length - 1]! ^= 1;
    assert.instanceOf(
      await caught(all(streamOf(changed).pipeThrough(remote.decryptStream()))),
      InvalidCiphertextException,
    );
    const chunkless = sealed.slice(0, sealed.length - ((50_000 % 16_384) + 16));
    assert.instanceOf(await caught(all(streamOf(chunkless).pipeThrough(remote.decryptStream()))), StreamTruncated);
  });

  test('holds its writer back until its reader wants more', async ({ skip }) => {
    const { KeyId, remote } = await setUp(skip);
    const { readable, writable } = remote.encryptStream({ KeyId });
    const writer = writable.getWriter();
    let written = 0;
    (async () => {
      for (let i = 0; i < 200; i++) {
        await writer.write(random(16_384));
        written++;
      }
      await writer.close();
    })().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.isBelow(written, 100);
    assert.isAbove((await all(readable)).length, 200 * 16_384);
    assert.equal(written, 200);
  });

  test('ends when its reader, its writer or its connection is gone', async ({ skip }) => {
    const { KeyId, remote } = await setUp(skip);
    const cancelled = remote.encryptStream({ KeyId });
    const writer = cancelled.writable.getWriter();
    writer.write(random(100)).catch(() => {});
    const reader = cancelled.readable.getReader();
    await reader.read();
    await reader.cancel('enough');
    assert.instanceOf(await caught(writer.closed), KmsError);
    const aborted = remote.encryptStream({ KeyId });
    await aborted.writable.abort('enough');
    assert.instanceOf(await caught(all(aborted.readable)), KmsError);
    const cut = remote.encryptStream({ KeyId });
    const reading = caught(all(cut.readable));
    await cut.writable.getWriter().write(random(10));
    remote.destroy();
    assert.equal(((await reading) as KmsError).code, 'HostUnavailable');
    const late = remote.encryptStream({ KeyId });
    assert.equal(((await caught(all(late.readable))) as KmsError).code, 'HostUnavailable');
  });

  test('takes no chunk that was not asked for', async ({ skip }) => {
    const { KeyId } = await setUp(skip);
    const port = served!.rawPort();
    port.start();
    const greeted = new Promise((resolve) => port.addEventListener('message', resolve, { once: true }));
    port.postMessage({ type: 'hello', version: 1 });
    await greeted;
    const { port1, port2 } = new MessageChannel();
    port1.start();
    const failed = new Promise<{ code?: string }>((resolve) => {
      port1.addEventListener('message', ({ data }) => {
        if (data.type === 'fail') resolve(data.error);
      });
    });
    port.postMessage({ type: 'stream', id: 1, operation: 'GenerateDataKey', input: { KeyId } }, [port2]);
    for (let i = 0; i < 100; i++) port1.postMessage({ type: 'chunk', bytes: new Uint8Array(10) });
    assert.equal((await failed).code, 'SerializationException');
    port1.close();
  });
});
