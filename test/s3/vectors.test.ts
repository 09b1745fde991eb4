// The objects of ../shared/vectors/s3ec, and a few of them that the project keeps itself.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { hmacPrf } from '../../src/cipher/hmac.ts';
import { deriveFrom } from '../../src/formats/s3/commitment.ts';
import {
  aesKeyring,
  decryptObject,
  decryptObjectUnverified,
  decryptRangeUnauthenticated,
  kmsKeyring,
  rangeHeader,
  rsaKeyring,
  type S3Keyring,
} from '../../src/s3/index.ts';
import { collect, streamOf } from '../streams/flows.ts';
import { fromHex, toHex } from '../support/bytes.ts';
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';
import kept from '../vectors/s3ec.json' with { type: 'json' };
import { importRsa, type ObjectVector, objectOf, stubKms, type VectorFile } from './objects.ts';

async function keyringOf(vector: ObjectVector, pem: string): Promise<S3Keyring> {
  if (vector.wrappingKey !== undefined) return aesKeyring(fromHex(vector.wrappingKey));
  return vector.kmsStub ? kmsKeyring(stubKms(vector)) : rsaKeyring({ privateKey: await importRsa(pem) });
}

async function readsAlike(vector: ObjectVector, pem: string): Promise<void> {
  const keyring = await keyringOf(vector, pem);
  const context = vector.requestEncryptionContext;
  const options = {
    keyring,
    commitmentPolicy: vector.format === 'v3' ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    ...(context === undefined ? {} : { EncryptionContext: context }),
  } as const;
  const object = objectOf(vector);
  assert.equal(toHex(await decryptObject(object, options)), vector.plaintext);
  const pieces = () => ({ ...object, body: streamOf(object.body, [7, 1, 333]) });
  assert.equal(toHex(await collect(await decryptObject(pieces(), options))), vector.plaintext);
  assert.equal(toHex(await collect(await decryptObjectUnverified(pieces(), options))), vector.plaintext);
  const { rangedRead } = vector;
  if (rangedRead === undefined) return;
  const { first, last, from } = rangedRead;
  assert.equal(rangeHeader({ first, last }), `bytes=${from}-${last}`);
  const part = { ...object, body: object.body.slice(from, last + 1), offset: from, size: object.body.length };
  assert.equal(toHex(await decryptRangeUnauthenticated(part, { first, last }, options)), rangedRead.plaintext);
}

describe('objects of the S3 Encryption Client', () => {
  const { objects, keyDerivation, rsaPrivateKeyPem } = kept as unknown as VectorFile;
  for (const vector of objects) test(`${vector.id} opens`, () => readsAlike(vector, rsaPrivateKeyPem));

  test('commitment and content key are those of the official client', async () => {
    assert.isNotEmpty(keyDerivation);
    for (const { dataKey, messageId, encryptionKey, commitment } of keyDerivation) {
      const derivation = await deriveFrom(hmacPrf, fromHex(dataKey), fromHex(messageId));
      assert.equal(toHex(await derivation.commitment()), commitment);
      assert.equal(toHex(await derivation.contentKey()), encryptionKey);
    }
  });

  test('all shared vectors open', async ({ skip }) => {
    const file = (await sharedVectors<VectorFile>('s3ec/s3ec.json')) ?? skip(vectorsAreAbsent);
    for (const vector of file.objects) await readsAlike(vector, file.rsaPrivateKeyPem);
    assert.isAtLeast(file.objects.length, 30);
  });
});
