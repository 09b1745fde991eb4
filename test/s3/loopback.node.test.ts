// The real client of S3 over HTTP, with everything it does on the way: signing, checksums, chunked uploads, ranges.
import { createReadStream, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
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

async function connect() {
  const storage = new ObjectStorage();
  const server = createServer(async (request, reply) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
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
});
