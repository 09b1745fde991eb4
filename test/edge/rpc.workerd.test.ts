// Calls over the RPC of workerd itself, from the tests' worker into a Durable Object.
import { env } from 'cloudflare:workers';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { kmsOver } from '../../src/edge/index.ts';
import { memoryStore, NotFoundException } from '../../src/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { decryptStream, encryptStream } from '../../src/streams/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';

const newKms = () => {
  const place = env.PLACES.get(env.PLACES.newUniqueId());
  return kmsOver((operation, input) => place.call(operation, input));
};

describe('a keyring behind the RPC of workerd', () => {
  test('encrypts and decrypts', async () => {
    const kms = newKms();
    const { KeyMetadata } = await kms.createKey();
    assert.instanceOf(KeyMetadata.CreationDate, Date);
    const { CiphertextBlob } = await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('edge') });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('edge'));
  });

  test('fails with its own errors', async () => {
    assert.instanceOf(await failure(newKms().describeKey({ KeyId: 'alias/none' })), NotFoundException);
  });

  test('gives data keys to a sealer, which seals and opens at once', async () => {
    const kms = newKms();
    const { KeyMetadata } = await kms.createKey();
    const EncryptionContext = { use: 'cookies' };
    const sealer = await openSealer(kms, { KeyId: KeyMetadata.KeyId, EncryptionContext, store: memoryStore() });
    const cookie = sealer.seal(utf8('user=17'), { aad: utf8('session') });
    assert.deepEqual(sealer.open(cookie, { aad: utf8('session') }), utf8('user=17'));
    sealer.close();
  });

  test('gives data keys to streams, for objects that pass through', async () => {
    const kms = newKms();
    const { KeyMetadata } = await kms.createKey();
    const EncryptionContext = { object: 'photo.jpg' };
    const plaintext = random(200_000);
    const upload = new Response(plaintext).body as ReadableStream<Uint8Array>;
    const sealed = await new Response(
      upload.pipeThrough(encryptStream(kms, { KeyId: KeyMetadata.KeyId, EncryptionContext })) as BodyInit,
    ).arrayBuffer();
    const download = new Response(sealed).body as ReadableStream<Uint8Array>;
    const opened = await new Response(
      download.pipeThrough(decryptStream(kms, { EncryptionContext })) as BodyInit,
    ).arrayBuffer();
    assert.deepEqual(new Uint8Array(opened), plaintext);
    const wrong = new Response(sealed).body as ReadableStream<Uint8Array>;
    const refused = new Response(wrong.pipeThrough(decryptStream(kms, { EncryptionContext: {} })) as BodyInit);
    await assertFails(refused.arrayBuffer(), 'InvalidCiphertextException');
  });
});
