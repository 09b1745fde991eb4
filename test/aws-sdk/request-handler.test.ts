// The real AWS SDK over the request handler: no network, in every runtime.
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { kmsFetchListener, kmsRequestHandler } from '../../src/aws-sdk/index.ts';
import { operationNames } from '../../src/http/operations.ts';
import { type Kms, StoreUnavailable } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newKms } from '../support/kms.ts';

const newClient = (kms: Kms | Promise<Kms>) =>
  new sdk.KMS({
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler: kmsRequestHandler(kms),
    maxAttempts: 1,
  });

describe('the AWS SDK with the request handler', () => {
  test('makes, names and uses keys', async () => {
    const client = newClient(newKms());
    const { KeyMetadata, $metadata } = await client.createKey({
      Description: 'ünïcode 🔑',
      Tags: [{ TagKey: 'a', TagValue: '' }],
    });
    assert.equal($metadata.httpStatusCode, 200);
    assert.match($metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    assert.instanceOf(KeyMetadata?.CreationDate, Date);
    assert.equal(KeyMetadata?.Description, 'ünïcode 🔑');
    await client.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyMetadata?.KeyId });
    const EncryptionContext = { Plaintext: 'not base64!', ö: '' };
    const { CiphertextBlob } = await client.encrypt({ KeyId: 'alias/a', Plaintext: utf8('hello'), EncryptionContext });
    assert.instanceOf(CiphertextBlob, Uint8Array);
    const { Plaintext } = await client.decrypt({ CiphertextBlob, EncryptionContext });
    assert.deepEqual(new Uint8Array(Plaintext as Uint8Array), utf8('hello'));
    const dataKey = await client.generateDataKey({ KeyId: 'alias/a', KeySpec: 'AES_256' });
    assert.equal(dataKey.Plaintext?.length, 32);
    const pages: string[] = [];
    for (let i = 0; i < 4; i++) await client.createAlias({ AliasName: `alias/b${i}`, TargetKeyId: KeyMetadata?.KeyId });
    for await (const page of sdk.paginateListAliases({ client, pageSize: 2 }, {}))
      pages.push(...(page.Aliases ?? []).map(({ AliasName }) => AliasName ?? ''));
    assert.deepEqual(pages, ['alias/a', 'alias/b0', 'alias/b1', 'alias/b2', 'alias/b3']);
    const { DeletionDate } = await client.scheduleKeyDeletion({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 });
    assert.instanceOf(DeletionDate, Date);
  });

  test('gets the exceptions of its own classes', async () => {
    const client = newClient(await newKms());
    const caught = async (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );
    const notFound = (await caught(client.describeKey({ KeyId: 'alias/none' }))) as sdk.NotFoundException;
    assert.instanceOf(notFound, sdk.NotFoundException);
    assert.equal(notFound.$fault, 'client');
    assert.equal(notFound.$metadata.httpStatusCode, 400);
    assert.match(notFound.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    assert.match(notFound.message, /alias\/none is not found/);
    const { KeyMetadata } = await client.createKey({});
    const { CiphertextBlob } = await client.encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext: utf8('x') });
    assert.instanceOf(
      await caught(client.decrypt({ CiphertextBlob, EncryptionContext: { a: 'b' } })),
      sdk.InvalidCiphertextException,
    );
    assert.instanceOf(
      await caught(client.encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext: utf8('x'), DryRun: true })),
      sdk.DryRunOperationException,
    );
    const invalid = (await caught(client.encrypt({ KeyId: '', Plaintext: utf8('x') }))) as Error;
    assert.equal(invalid.name, 'ValidationException');
  });

  test('takes the name of the operation in the spelling of the first versions as well', async () => {
    const { handle } = kmsRequestHandler(newKms());
    const headers = { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'TrentService.ListKeys' };
    assert.equal((await handle({ headers, body: '{}' })).response.statusCode, 200);
  });

  test('ends a call that is aborted', async () => {
    const client = newClient(await newKms());
    const controller = new AbortController();
    controller.abort();
    const error = await client.listKeys({}, { abortSignal: controller.signal }).then(
      () => undefined,
      (each: Error) => each,
    );
    assert.equal(error?.name, 'AbortError');
  });

  test('tells each call why the service cannot be opened, and nobody else', async () => {
    const failing = () => Promise.reject(new StoreUnavailable('The disk is gone.'));
    kmsRequestHandler(failing());
    const error = await newClient(failing())
      .listKeys({})
      .catch((thrown: unknown) => thrown);
    assert.propertyVal(error, 'name', 'StoreUnavailable');
    assert.propertyVal(error, 'message', 'The disk is gone.');
    const listen = kmsFetchListener(failing());
    const request = new Request('https://kms.us-east-1.amazonaws.com/', {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.ListKeys' },
      body: '{}',
    });
    const response = await new Promise<Response>((resolve) => listen({ request, respondWith: resolve }));
    assert.equal(response.status, 500);
    assert.match(await response.text(), /StoreUnavailable.*The disk is gone/);
  });

  test('reaches each operation, or is told that there is none', async () => {
    const kms = await newKms();
    const client = newClient(kms) as unknown as Record<string, (input: object) => Promise<unknown>>;
    for (const name of operationNames) {
      const method = name.charAt(0).toLowerCase() + name.slice(1);
      const error = await client[method]?.({}).then(
        () => undefined,
        (each: Error) => each,
      );
      const isThere = method in kms;
      if (!isThere) assert.equal(error?.name, 'UnknownOperationException', name);
      else
        assert.notInclude(
          ['UnknownOperationException', 'KMSInternalException', 'TypeError'],
          error?.name,
          `${name}: ${error?.message}`,
        );
    }
  });
});
