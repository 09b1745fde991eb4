// The real client of S3 over HTTP, with everything it does on the way: signing, checksums, chunked uploads, ranges.
import { createReadStream, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3, type S3ClientConfig } from '@aws-sdk/client-s3';
import { assert } from 'chai';
import { afterAll, describe, test } from 'vitest';
import { encryptedS3 } from '../../src/s3/index.ts';
import { pattern, streamOf } from '../streams/flows.ts';
import { assertFails } from '../support/errors.ts';
import { ObjectStorage } from '../support/object-storage.ts';
import { clientSuite } from './client-suite.ts';
import { newAesKeyring } from './objects.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function connect(configuration: S3ClientConfig = {}) {
  const storage = new ObjectStorage();
  const server = createServer(async (request, reply) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return; // The client went away in the middle of its request.
    }
    const answer = storage.answer({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: new Uint8Array(Buffer.concat(parts)),
    });
    reply.writeHead(answer.status, answer.headers).end(answer.body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const s3 = new S3({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
    ...configuration,
  });
  return { s3, storage };
}

describe('encryption around the client of S3, over loopback', () => {
  clientSuite(connect);

  test('a file is sent as it is read', async () => {
    const { s3, storage } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    const file = join(await mkdtemp(join(tmpdir(), 'keyhaven-s3-')), 'file');
    const plaintext = pattern(1_000_000);
    writeFileSync(file, plaintext);
    await encrypted.putObject({
      Bucket: 'bucket',
      Key: 'file',
      Body: createReadStream(file),
      ContentLength: plaintext.length,
    });
    assert.equal(storage.objects.get('/bucket/file')?.body.length, 1_000_016);
    const got = await encrypted.getObject({ Bucket: 'bucket', Key: 'file' });
    assert.deepEqual(await got.Body.transformToByteArray(), plaintext);
  });

  test('a stream of unknown length is refused before anything is sent', async () => {
    const { s3, storage } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    const put = encrypted.putObject({ Bucket: 'bucket', Key: 'u', Body: streamOf(pattern(10)) });
    await assertFails(put, 'ValidationException', /^ContentLength /);
    assert.isEmpty(storage.requests);
    const missing = await encrypted.getObject({ Bucket: 'bucket', Key: 'u' }).catch((error: unknown) => error);
    assert.propertyVal(missing, 'name', 'NoSuchKey');
  });

  // With a checksum at the end the SDK sends a stream in chunks, without one with its length.
  for (const requestChecksumCalculation of ['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const) {
    test(`a body that fails on the way fails its put, and neither the process nor the storage notices: ${requestChecksumCalculation}`, async () => {
      const { s3, storage } = await connect({ requestChecksumCalculation });
      const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
      let pieces = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          pieces += 1;
          if (pieces < 10) controller.enqueue(pattern(1000));
          else controller.error(new Error('the source broke'));
        },
      });
      const put = encrypted.putObject({ Bucket: 'bucket', Key: 'f', Body: body, ContentLength: 100_000 });
      assert.propertyVal(await put.catch((error: unknown) => error), 'message', 'the source broke');
      const missing = createReadStream('/nowhere/at/all');
      const none = encrypted.putObject({ Bucket: 'bucket', Key: 'f', Body: missing, ContentLength: 10 });
      assert.propertyVal(await none.catch((error: unknown) => error), 'code', 'ENOENT');
      // Whatever nobody listens to would end the process in the next turns.
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(storage.objects.size, 0);
    });

    test(`a stream that is not as long as was said is not stored: ${requestChecksumCalculation}`, async () => {
      const { s3, storage } = await connect({ requestChecksumCalculation });
      const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
      const put = (length: number, ContentLength: number) =>
        encrypted.putObject({ Bucket: 'bucket', Key: 'l', Body: streamOf(pattern(length), [7]), ContentLength });
      await assertFails(put(100, 50), 'ValidationException', /^ContentLength is 50.* longer/);
      await assertFails(put(100, 99), 'ValidationException', /^ContentLength is 99.* longer/);
      await assertFails(put(100, 101), 'ValidationException', /^ContentLength is 101.* shorter/);
      for (const wrong of [-1, 1.5, '100' as never]) await assertFails(put(100, wrong), 'ValidationException');
      assert.equal(storage.objects.size, 0);
      await put(100, 100);
      await put(0, 0);
      assert.equal(storage.objects.get('/bucket/l')?.body.length, 16);
    });
  }

  test('a put that the storage refuses lets go of its body', async () => {
    const refusing = {
      config: { runtime: 'node' },
      putObject: () => Promise.reject(new Error('AccessDenied')),
      getObject: async () => ({}),
    };
    let reason: unknown;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => controller.enqueue(pattern(1000)),
        cancel(why) {
          reason = why ?? 'cancelled';
        },
      },
      { highWaterMark: 0 },
    );
    const encrypted = encryptedS3(refusing, { keyring: newAesKeyring() });
    const put = encrypted.putObject({ Bucket: 'bucket', Key: 'r', Body: body, ContentLength: 1_000_000 });
    assert.propertyVal(await put.catch((error: unknown) => error), 'message', 'AccessDenied');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.isDefined(reason);
  });
});
