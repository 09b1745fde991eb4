// What the client takes from its storage, and around what it may stand.
import { cbc, ecb } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { KmsError } from '../../src/index.ts';
import { aesKeyring, encryptedS3, type ObjectStore } from '../../src/s3/index.ts';
import { pattern } from '../streams/flows.ts';
import { random } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newAesKeyring } from './objects.ts';

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

describe('the client around a storage', () => {
  test('takes no part of an object for the whole: AES-CBC has no tag to show it', async () => {
    const [key, dataKey, iv] = [random(32), random(32), random(16)];
    const sealed = new Uint8Array(cbc(dataKey, iv).encrypt(pattern(100)));
    let range: [first: number, end: number] | undefined;
    let isCancelled = false;
    const store: ObjectStore = {
      putObject: async () => ({}),
      async getObject() {
        const part = sealed.slice(...(range ?? []));
        const source = {
          pull(controller: ReadableStreamDefaultController<Uint8Array>) {
            controller.enqueue(part);
            controller.close();
          },
          cancel() {
            isCancelled = true;
          },
        };
        const stream = new ReadableStream(source, { highWaterMark: 0 });
        return {
          Metadata: {
            'x-amz-key': toBase64(new Uint8Array(ecb(key).encrypt(dataKey))),
            'x-amz-iv': toBase64(iv),
            'x-amz-matdesc': '{}',
          },
          Body: { transformToWebStream: () => stream },
          ContentLength: part.length,
          ...(range === undefined ? {} : { ContentRange: `bytes ${range[0]}-${range[1] - 1}/${sealed.length}` }),
        };
      },
    };
    const client = encryptedS3(store, {
      keyring: aesKeyring(key, { legacyWrapping: true }),
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
      legacyUnauthenticatedContent: true,
    });
    const input = { Bucket: 'b', Key: 'k' };
    assert.deepEqual(await (await client.getObject(input)).Body.transformToByteArray(), pattern(100));
    // The last blocks, whose padding is right.
    range = [80, 112];
    await assertFails(client.getObject(input), 'InvalidCiphertextException');
    assert.isTrue(isCancelled);
    await assertFails(client.getObjectUnverified(input), 'InvalidCiphertextException');
  });

  test('stores the instruction file for the same readers as its object, and asks for it as for the object', async () => {
    const requests: Record<string, unknown>[] = [];
    const store: ObjectStore = {
      async putObject(input) {
        requests.push({ ...input });
        return {};
      },
      async getObject(input) {
        requests.push({ ...input });
        throw Object.assign(new Error('not there'), { name: 'NoSuchKey' });
      },
    };
    const client = encryptedS3(store, { keyring: newAesKeyring(), instructionFile: true });
    const access = { ExpectedBucketOwner: '111122223333', RequestPayer: 'requester' };
    const stored = {
      ...{ ACL: 'bucket-owner-full-control', GrantRead: 'id=1', Tagging: 'a=b', IfNoneMatch: '*' },
      ...{
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'alias/a',
        BucketKeyEnabled: true,
        ChecksumAlgorithm: 'SHA256',
      },
      ...{ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(0), ObjectLockLegalHoldStatus: 'ON' },
    };
    const own = { ContentType: 'text/plain', CacheControl: 'no-store', SSECustomerKey: 'k', StorageClass: 'GLACIER' };
    await client.putObject({ Bucket: 'b', Key: 'k', Body: 'x', ...access, ...stored, ...own });
    const [file, object] = requests as [Record<string, unknown>, Record<string, unknown>];
    assert.equal(file['Key'], 'k.instruction');
    assert.deepInclude(file, { ...access, ...stored, Metadata: { 'x-amz-crypto-instr-file': '' } });
    for (const name of Object.keys(own)) assert.notProperty(file, name);
    assert.deepInclude(object, { ...access, ...stored, ...own });

    const reading: ObjectStore = {
      ...store,
      async getObject(input) {
        requests.push({ ...input });
        return input.Key === 'k' ? { Metadata: {} } : store.getObject(input);
      },
    };
    requests.length = 0;
    const reader = encryptedS3(reading, { keyring: newAesKeyring() });
    const input = { Bucket: 'b', Key: 'k', VersionId: '1', ...access, SSECustomerKey: 'k' };
    await assertFails(reader.getObject(input), 'ObjectNotEncrypted');
    assert.deepEqual(requests[1], { Bucket: 'b', Key: 'k.instruction', ...access });
  });

  test('does not stand around itself: what it reads would be encrypted still', () => {
    const store: ObjectStore = { putObject: async () => ({}), getObject: async () => ({}) };
    const client = encryptedS3(store, { keyring: newAesKeyring() });
    assert.throws(() => encryptedS3(client as never, { keyring: newAesKeyring() }), KmsError, /^store /);
    assert.throws(() => encryptedS3(undefined as never, { keyring: newAesKeyring() }), KmsError, /^store /);
  });
});
