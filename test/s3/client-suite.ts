// One suite for the real client of S3, whatever carries its requests to the storage.
import type { S3 } from '@aws-sdk/client-s3';
import { assert } from 'chai';
import { test } from 'vitest';
import { KmsError } from '../../src/index.ts';
import { aesKeyring, encryptedS3, kmsKeyring } from '../../src/s3/index.ts';
import { drain, pattern, streamOf } from '../streams/flows.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';
import type { ObjectStorage } from '../support/object-storage.ts';
import { newAesKeyring } from './objects.ts';

const Bucket = 'bucket';

/** @param connect makes a client, and shows where what it sends lies */
export function clientSuite(connect: () => Promise<{ s3: S3; storage: ObjectStorage }>): void {
  test('what the client puts encrypted it gets in clear, and the storage sees ciphertext', async () => {
    const { s3, storage } = await connect();
    const kms = await newKms();
    const keyring = kmsKeyring(kms, { KeyId: await newKey(kms) });
    const EncryptionContext = { dept: 'r&d', ort: 'Zürich 🔑' };
    const encrypted = encryptedS3(s3, { keyring, EncryptionContext });
    const reply = await encrypted.putObject({ Bucket, Key: 'a', Body: 'meet at nine', Metadata: { Mine: 'yes' } });
    assert.equal(reply.ETag, '"etag"');
    const stored = storage.objects.get('/bucket/a');
    assert.equal(stored?.body.length, 12 + 16);
    assert.equal(stored?.metadata['x-amz-meta-x-amz-c'], '115');
    const got = await encrypted.getObject({ Bucket, Key: 'a' });
    assert.equal(got.ContentLength, 12);
    assert.equal(got.Metadata?.['mine'], 'yes');
    assert.equal(await got.Body.transformToString(), 'meet at nine');
    const other = encrypted.getObject({ Bucket, Key: 'a' }, { EncryptionContext: { dept: 'r&d' } });
    await assertFails(other, 'InvalidCiphertextException');
    const plain = await s3.getObject({ Bucket, Key: 'a' });
    assert.notInclude(await plain.Body?.transformToString('latin1'), 'nine');
  });

  test('streams and Blobs are sent whole, and come back as streams', async () => {
    const { s3, storage } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    const plaintext = pattern(700_000);
    await encrypted.putObject({
      Bucket,
      Key: 'stream',
      Body: streamOf(plaintext, [100_000, 7]),
      ContentLength: plaintext.length,
    });
    await encrypted.putObject({ Bucket, Key: 'blob', Body: new Blob([plaintext]) });
    for (const Key of ['stream', 'blob']) {
      assert.equal(storage.objects.get(`/bucket/${Key}`)?.body.length, 700_016);
      const held = await encrypted.getObject({ Bucket, Key });
      assert.deepEqual(await held.Body.transformToByteArray(), plaintext);
      const early = await encrypted.getObjectUnverified({ Bucket, Key });
      assert.deepEqual((await drain(early.Body.transformToWebStream())).pieces, plaintext);
    }
  });

  test('a body is given as text in the encodings that bodies of the SDK know', async () => {
    const { s3 } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    const text = 'Zürich 🔑';
    await encrypted.putObject({ Bucket, Key: 't', Body: text });
    await s3.putObject({ Bucket, Key: 'p', Body: text });
    for (const encoding of [undefined, 'utf8', 'utf-8', 'base64', 'hex']) {
      const ours = (await encrypted.getObject({ Bucket, Key: 't' })).Body;
      const theirs = (await s3.getObject({ Bucket, Key: 'p' })).Body;
      assert.equal(await ours.transformToString(encoding), (await theirs?.transformToString(encoding)) ?? '', encoding);
    }
  });

  test('a range asks the storage for its blocks only', async () => {
    const { s3, storage } = await connect();
    for (const commitmentPolicy of ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'FORBID_ENCRYPT_ALLOW_DECRYPT'] as const) {
      const encrypted = encryptedS3(s3, { keyring: newAesKeyring(), commitmentPolicy });
      const plaintext = pattern(10_000);
      await encrypted.putObject({ Bucket, Key: 'r', Body: plaintext });
      const part = await encrypted.getRangeUnauthenticated({ Bucket, Key: 'r' }, { first: 333, last: 700 });
      assert.include(storage.requests, 'GET /bucket/r?x-id=GetObject bytes=320-700');
      assert.deepEqual(await part.Body.transformToByteArray(), plaintext.slice(333, 701));
      assert.isUndefined(part.ContentLength);
      const tail = await encrypted.getRangeUnauthenticated({ Bucket, Key: 'r' }, { first: 9_990 });
      assert.deepEqual(await tail.Body.transformToByteArray(), plaintext.slice(9_990));
      const behind = encrypted.getRangeUnauthenticated({ Bucket, Key: 'r' }, { first: 10_000 });
      await assertFails(behind, 'ValidationException', /end of the plaintext/);
    }
  });

  test('an instruction file is written beside the object and found again', async () => {
    const { s3, storage } = await connect();
    for (const commitmentPolicy of ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'FORBID_ENCRYPT_ALLOW_DECRYPT'] as const) {
      const encrypted = encryptedS3(s3, { keyring: newAesKeyring(), commitmentPolicy, instructionFile: true });
      await encrypted.putObject({ Bucket, Key: 'i', Body: utf8('hello') });
      const file = storage.objects.get('/bucket/i.instruction');
      assert.property(file?.metadata, 'x-amz-meta-x-amz-crypto-instr-file');
      assert.equal(await (await encrypted.getObject({ Bucket, Key: 'i' })).Body.transformToString(), 'hello');
      const { Body } = await encrypted.getRangeUnauthenticated({ Bucket, Key: 'i' }, { first: 1, last: 2 });
      assert.equal(await Body.transformToString(), 'el');
      storage.objects.set('/bucket/i.new', file as NonNullable<typeof file>);
      storage.objects.delete('/bucket/i.instruction');
      await assertFails(encrypted.getObject({ Bucket, Key: 'i' }), 'ObjectNotEncrypted');
      const renamed = await encrypted.getObject({ Bucket, Key: 'i' }, { instructionSuffix: '.new' });
      assert.equal(await renamed.Body.transformToString(), 'hello');
    }
  });

  test('a put that must not replace an object leaves the data key of that object as it is', async () => {
    const { s3 } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring(), instructionFile: true });
    await encrypted.putObject({ Bucket, Key: 'once', Body: 'first', IfNoneMatch: '*' });
    const second = await encrypted
      .putObject({ Bucket, Key: 'once', Body: 'second', IfNoneMatch: '*' })
      .catch((error: unknown) => error);
    assert.nestedPropertyVal(second, '$metadata.httpStatusCode', 412);
    assert.equal(await (await encrypted.getObject({ Bucket, Key: 'once' })).Body.transformToString(), 'first');
    const matched = encrypted.putObject({ Bucket, Key: 'once', Body: 'third', IfMatch: '"other"' });
    await assertFails(matched, 'ValidationException', /^IfMatch .*instruction file/);
    assert.equal(await (await encrypted.getObject({ Bucket, Key: 'once' })).Body.transformToString(), 'first');
  });

  test('metadata that S3 has encoded in its own way are read', async () => {
    const { s3, storage } = await connect();
    const kms = await newKms();
    const EncryptionContext = { ort: 'Zürich' };
    const encrypted = encryptedS3(s3, { keyring: kmsKeyring(kms, { KeyId: await newKey(kms) }), EncryptionContext });
    await encrypted.putObject({ Bucket, Key: 'e', Body: 'x' });
    const metadata = storage.objects.get('/bucket/e')?.metadata ?? {};
    const raw = (metadata['x-amz-meta-x-amz-t'] as string).replace('\\u00fc', 'ü');
    const twice = String.fromCharCode(
      ...new TextEncoder().encode(String.fromCharCode(...new TextEncoder().encode(raw))),
    );
    metadata['x-amz-meta-x-amz-t'] = `=?UTF-8?B?${btoa(twice)}?=`;
    assert.equal(await (await encrypted.getObject({ Bucket, Key: 'e' })).Body.transformToString(), 'x');
  });

  test('an object that is not encrypted is told as that, and a missing one as what the SDK says', async () => {
    const { s3 } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    await s3.putObject({ Bucket, Key: 'p', Body: 'plain' });
    await assertFails(encrypted.getObject({ Bucket, Key: 'p' }), 'ObjectNotEncrypted');
    const missing = await encrypted.getObject({ Bucket, Key: 'none' }).catch((error: unknown) => error);
    // Its name is NoSuchKey, but in workerd, where the SDK has nothing to parse XML with.
    assert.notInstanceOf(missing, KmsError);
    assert.nestedPropertyVal(missing, '$metadata.httpStatusCode', 404);
  });

  test('a changed object gives out nothing, or fails at its end where it was asked to give out early', async () => {
    const { s3, storage } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    await encrypted.putObject({ Bucket, Key: 'c', Body: pattern(600_000) });
    const { body } = storage.objects.get('/bucket/c') ?? { body: new Uint8Array(0) };
    body[599_999] = (body[599_999] as number) ^ 1;
    const held = await drain((await encrypted.getObject({ Bucket, Key: 'c' })).Body.transformToWebStream());
    assert.equal(held.pieces.length, 0);
    assert.propertyVal(held.error, 'name', 'InvalidCiphertextException');
    const early = await drain((await encrypted.getObjectUnverified({ Bucket, Key: 'c' })).Body.transformToWebStream());
    assert.isAbove(early.pieces.length, 0);
    assert.propertyVal(early.error, 'name', 'InvalidCiphertextException');
  });

  test('an object above bufferLimit is not fetched to its end', async () => {
    const { s3 } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring(), bufferLimit: 1000 });
    await encrypted.putObject({ Bucket, Key: 'l', Body: pattern(985) });
    await assertFails(encrypted.getObject({ Bucket, Key: 'l' }), 'ObjectTooLarge', /bufferLimit, 1000 bytes/);
    await encrypted.putObject({ Bucket, Key: 'l', Body: pattern(984) });
    const fits = await encrypted.getObject({ Bucket, Key: 'l' });
    assert.deepEqual(await fits.Body.transformToByteArray(), pattern(984));
  });

  test('members that cannot be right are refused by name, and nothing is stored', async () => {
    const { s3, storage } = await connect();
    const encrypted = encryptedS3(s3, { keyring: newAesKeyring() });
    const put = (members: object) => encrypted.putObject({ Bucket, Key: 'm', Body: 'x', ...members });
    await assertFails(put({ ContentMD5: 'abc' }), 'ValidationException', /^ContentMD5 /);
    for (const name of ['CRC32', 'CRC64NVME', 'MD5', 'SHA1', 'SHA256', 'SHA512', 'XXHASH64', 'XXHASH128'])
      await assertFails(put({ [`Checksum${name}`]: 'abc' }), 'ValidationException', new RegExp(`^Checksum${name} `));
    await assertFails(put({ WriteOffsetBytes: 10 }), 'ValidationException', /^WriteOffsetBytes /);
    await assertFails(put({ Metadata: { 'X-Amz-Key-V2': 'abc' } }), 'ValidationException', /X-Amz-Key-V2/);
    await assertFails(put({ Metadata: { long: 'x'.repeat(1900) } }), 'ValidationException', /instructionFile/);
    await assertFails(put({ Body: 7 }), 'SerializationException', /^Body /);
    await assertFails(
      encrypted.getObject({ Bucket, Key: 'm', Range: 'bytes=0-1' } as never),
      'ValidationException',
      /^Range /,
    );
    assert.equal(storage.objects.size, 0);
    const long = encryptedS3(s3, { keyring: newAesKeyring(), instructionFile: true });
    await long.putObject({ Bucket, Key: 'm', Body: 'x', Metadata: { long: 'x'.repeat(1900) } });
    assert.equal(await (await long.getObject({ Bucket, Key: 'm' })).Body.transformToString(), 'x');
  });

  test('an object stays readable when its data key is wrapped anew in the instruction file', async () => {
    const { s3, storage } = await connect();
    const [old, next] = [random(32), random(32)];
    const encrypted = encryptedS3(s3, { keyring: aesKeyring(old), instructionFile: true });
    await encrypted.putObject({ Bucket, Key: 'w', Body: 'kept' });
    const file = storage.objects.get('/bucket/w.instruction');
    const entries = JSON.parse(new TextDecoder().decode(file?.body)) as Record<string, string>;
    const wrapped = Uint8Array.from(atob(entries['x-amz-3'] as string), (unit) => unit.charCodeAt(0));
    entries['x-amz-3'] = btoa(String.fromCharCode(...(await rewrapped(old, next, wrapped))));
    storage.objects.set('/bucket/w.instruction', { body: utf8(JSON.stringify(entries)), metadata: {} });
    const moved = encryptedS3(s3, { keyring: aesKeyring(next) });
    assert.equal(await (await moved.getObject({ Bucket, Key: 'w' })).Body.transformToString(), 'kept');
    await assertFails(encrypted.getObject({ Bucket, Key: 'w' }), 'InvalidCiphertextException');
  });
}

async function rewrapped(
  old: Uint8Array<ArrayBuffer>,
  next: Uint8Array<ArrayBuffer>,
  wrapped: Uint8Array<ArrayBuffer>,
) {
  const use = (key: Uint8Array<ArrayBuffer>, usage: 'encrypt' | 'decrypt') =>
    crypto.subtle.importKey('raw', key, { name: 'AES-GCM' }, false, [usage]);
  const parameters = { name: 'AES-GCM', iv: wrapped.slice(0, 12), additionalData: utf8('115'), tagLength: 128 };
  const dataKey = await crypto.subtle.decrypt(parameters, await use(old, 'decrypt'), wrapped.slice(12));
  const sealed = await crypto.subtle.encrypt(parameters, await use(next, 'encrypt'), dataKey);
  return Uint8Array.of(...wrapped.slice(0, 12), ...new Uint8Array(sealed));
}
