// The trail of `keyhaven serve`: what it says of clients, what a killed process leaves, and its files before the AWS CLI's own
// `aws cloudtrail validate-logs`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { afterAll, afterEach, describe, test } from 'vitest';
import { lmdbStore } from '../../src/host/serve/lmdb-store.ts';
import { readRootKey } from '../../src/host/serve/root-key.ts';
import { type Kms, memoryStore, openKms, type TrailFile } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newClient, nodes, type ServeProcess, startServe, writeCredentials } from '../support/serve-process.ts';
import { testCredential } from '../support/signer.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-trail-'));
const credentials = writeCredentials(folder);
const node = nodes.at(-1) ?? process.execPath;
const running = new Set<ServeProcess>();
let count = 0;
afterEach(async () => {
  for (const each of running) await each.stop('SIGKILL');
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(store: string, ...args: string[]): Promise<ServeProcess> {
  const started = await startServe(node, ['--store', store, '--credentials', credentials, '--log', 'none', ...args]);
  running.add(started);
  return started;
}
const newFolder = (): string => join(folder, `store-${count++}`);

/** The same store in this process, when nobody serves it. */
async function look<T>(path: string, body: (kms: Kms) => Promise<T>): Promise<T> {
  const store = lmdbStore(path);
  const kms = await openKms({ store, root: (await readRootKey(path, undefined)).key });
  try {
    return await body(kms);
  } finally {
    await kms.trail.flush();
    await store.disconnect();
  }
}

async function allRecords(kms: Kms): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let NextToken: string | undefined;
  do {
    const page = await kms.trail.lookup({ NextToken });
    found.push(...page.Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

describe('the trail of keyhaven serve', () => {
  test('says who called, from where and with what, and is whole after SIGTERM', async () => {
    const path = newFolder();
    const server = await start(path);
    const client = newClient(server.url);
    const { KeyMetadata } = await client.createKey({});
    const { $metadata } = await client.encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext: utf8('x') });
    // At once: what waits must be written before the end.
    assert.equal(await server.stop(), 0);
    await look(path, async (kms) => {
      const [record] = await allRecords(kms);
      assert.equal(record?.['eventName'], 'Encrypt');
      assert.equal(record?.['requestID'], $metadata.requestId);
      assert.match(String(record?.['sourceIPAddress']), /127\.0\.0\.1$/);
      assert.include(String(record?.['userAgent']), 'aws-sdk-js');
      const identity = record?.['userIdentity'] as Record<string, unknown>;
      assert.equal(identity['accessKeyId'], testCredential.accessKeyId);
      assert.equal(identity['arn'], testCredential.principalArn);
      assert.isTrue((await kms.trail.verify()).isIntact);
    });
  });

  for (const mode of ['grouped', 'strict']) {
    test(`verifies when the process is killed under load, and has ${mode === 'strict' ? 'every call' : 'every change'} that was acknowledged (${mode})`, async () => {
      const path = newFolder();
      const acknowledged = new Set<string>();
      for (let round = 0; round < 2; round++) {
        const server = await start(path, '--trail', mode);
        const client = newClient(server.url);
        const { KeyMetadata } = await client.createKey({});
        const writers = Array.from({ length: 8 }, async (_, writer) => {
          for (let i = 0; ; i++) {
            try {
              const KeyId = KeyMetadata?.KeyId;
              const encrypted = await client.encrypt({ KeyId, Plaintext: utf8('x') });
              if (mode === 'strict') acknowledged.add(String(encrypted.$metadata.requestId));
              const changed = await client.updateKeyDescription({ KeyId, Description: `${writer}-${i}` });
              acknowledged.add(String(changed.$metadata.requestId));
            } catch {
              return;
            }
          }
        });
        await new Promise((resolve) => setTimeout(resolve, 900 + 200 * round));
        assert.equal(await server.stop('SIGKILL'), 'SIGKILL');
        await Promise.all(writers);
        client.destroy();
      }
      assert.isAtLeast(acknowledged.size, 20);
      await look(path, async (kms) => {
        const report = await kms.trail.verify();
        assert.isTrue(report.isIntact, JSON.stringify(report));
        const recorded = new Set((await allRecords(kms)).map(({ requestID }) => requestID));
        assert.deepEqual(
          [...acknowledged].filter((id) => !recorded.has(id)),
          [],
        );
      });
    });
  }
});

/** As much of S3 and CloudTrail as `validate-logs` asks for, over files in memory. */
async function serveFiles(files: readonly TrailFile[], keys: object[]): Promise<{ server: Server; url: string }> {
  const objects = new Map(files.map((file) => [`/${file.bucket}/${file.object}`, file]));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = decodeURIComponent(url.pathname);
    const xml = (text: string) => response.setHeader('content-type', 'application/xml').end(text);
    if (request.headers['x-amz-target']?.toString().endsWith('ListPublicKeys')) {
      response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify({ PublicKeyList: keys }));
    } else if (url.searchParams.has('location')) {
      xml('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
    } else if (objects.has(path)) {
      const file = objects.get(path) as TrailFile;
      for (const [name, value] of Object.entries(file.metadata)) response.setHeader(`x-amz-meta-${name}`, value);
      response.end(file.body);
    } else if (path.split('/').filter(Boolean).length === 1) {
      const [prefix, marker] = [url.searchParams.get('prefix') ?? '', url.searchParams.get('marker') ?? ''];
      const names = files.map(({ object }) => object).filter((name) => name.startsWith(prefix) && name > marker);
      const contents = names.sort().map((name) => `<Contents><Key>${name}</Key><Size>1</Size></Contents>`);
      xml(
        `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
      );
    } else {
      response.writeHead(404, { 'content-type': 'application/xml' });
      response.end('<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>');
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function validateLogs(url: string, start: Date): Promise<{ status: number | null; output: string }> {
  const child = spawn(
    'aws',
    [
      ...['cloudtrail', 'validate-logs', '--verbose', '--region', 'us-east-1', '--s3-bucket', 'trail-bucket'],
      ...['--trail-arn', 'arn:aws:cloudtrail:us-east-1:000000000000:trail/keyhaven'],
      ...['--start-time', start.toISOString()],
    ],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: 'AKID',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_EC2_METADATA_DISABLED: 'true',
        HOME: folder,
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

test('aws cloudtrail validate-logs accepts exported files, and refuses those that were changed', async ({ skip }) => {
  let now = Date.now() - 3 * 3_600_000;
  const begin = new Date(now - 3_600_000);
  const kms = await openKms({ store: memoryStore(), clock: () => now });
  const { KeyId } = (await kms.createKey()).KeyMetadata;
  let files: TrailFile[] = [];
  for (let hour = 0; hour < 3; hour++) {
    now += 3_000_000;
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    files = [];
    for await (const file of kms.trail.export({ bucket: 'trail-bucket' })) files.push(file);
  }
  const keys = (await kms.trail.publicKeys()).PublicKeyList.map((key) => ({
    Value: Buffer.from(key.Value).toString('base64'),
    Fingerprint: key.Fingerprint,
    ValidityStartTime: key.ValidityStartTime.getTime() / 1000,
    ValidityEndTime: key.ValidityEndTime.getTime() / 1000,
  }));
  const validate = async (changed: readonly TrailFile[]) => {
    const { server, url } = await serveFiles(changed, keys);
    try {
      return await validateLogs(url, begin);
    } finally {
      server.close();
    }
  };
  const whole = await validate(files).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? skip('the AWS CLI is not on this machine') : Promise.reject(error),
  );
  assert.equal(whole.status, 0, whole.output);
  assert.match(whole.output, /3\/3 digest files valid/);
  assert.match(whole.output, /3\/3 log files valid/);

  const log = files.find(({ object }) => object.includes('/CloudTrail/')) as TrailFile;
  const other = files.findLast(({ object }) => object.includes('/CloudTrail/')) as TrailFile;
  const edited = await validate(files.map((file) => (file === log ? { ...log, body: other.body } : file)));
  assert.equal(edited.status, 1, edited.output);
  assert.match(edited.output, /2\/3 log files valid, 1\/3 log files INVALID/);
});
