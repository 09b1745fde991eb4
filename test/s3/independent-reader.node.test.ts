// A reader and a writer of S3 objects over node:crypto, made from docs/formats.md alone: nothing of src/formats is used.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  aesKeyring,
  decryptObject,
  encryptObject,
  kmsKeyring,
  rsaKeyring,
  type S3Keyring,
} from '../../src/s3/index.ts';
import { pattern } from '../streams/flows.ts';
import { newKey, newKms } from '../support/kms.ts';

const base64 = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');

/** AES-256-GCM with the tag at the end. */
function open(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad);
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}
function seal(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}
const derive = (dataKey: Uint8Array, messageId: Uint8Array, label: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha512', dataKey, messageId, Buffer.concat([Buffer.of(0, 0x73), Buffer.from(label)]), length));

interface Wrapping {
  readonly keyring: S3Keyring;
  readonly codes: { v2: string; v3: string };
  wrap(dataKey: Buffer, name: string): Promise<Buffer>;
  unwrap(wrapped: Buffer, name: string, description: string): Promise<Buffer>;
}

async function wrappings(): Promise<Wrapping[]> {
  const aes = randomBytes(32);
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
  const { subtle } = crypto;
  const spki = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }));
  const pkcs8 = new Uint8Array(pair.privateKey.export({ type: 'pkcs8', format: 'der' }));
  const publicKey = await subtle.importKey('spki', spki, algorithm, false, ['encrypt']);
  const privateKey = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']);
  const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const kms = await newKms();
  const KeyId = await newKey(kms);
  return [
    {
      keyring: aesKeyring(aes),
      codes: { v2: 'AES/GCM', v3: '02' },
      async wrap(dataKey, name) {
        const iv = randomBytes(12);
        return Buffer.concat([iv, seal(aes, iv, dataKey, Buffer.from(name))]);
      },
      unwrap: async (wrapped, name) => open(aes, wrapped.subarray(0, 12), wrapped.subarray(12), Buffer.from(name)),
    },
    {
      keyring: rsaKeyring({ publicKey, privateKey }),
      codes: { v2: 'RSA-OAEP-SHA1', v3: '22' },
      wrap: async (dataKey, name) =>
        publicEncrypt({ key: pair.publicKey, ...oaep }, Buffer.concat([Buffer.of(0x20), dataKey, Buffer.from(name)])),
      async unwrap(wrapped, name) {
        const text = privateDecrypt({ key: pair.privateKey, ...oaep }, wrapped);
        assert.equal(text[0], 0x20);
        assert.equal(text.subarray(33).toString('ascii'), name);
        return text.subarray(1, 33);
      },
    },
    {
      keyring: kmsKeyring(kms, { KeyId }),
      codes: { v2: 'kms+context', v3: '12' },
      async wrap(dataKey, name) {
        const EncryptionContext = { 'aws:x-amz-cek-alg': name };
        const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: dataKey, EncryptionContext });
        return Buffer.from(CiphertextBlob);
      },
      async unwrap(wrapped, name, description) {
        const EncryptionContext = JSON.parse(description) as Record<string, string>;
        assert.equal(EncryptionContext['aws:x-amz-cek-alg'], name);
        return Buffer.from((await kms.decrypt({ CiphertextBlob: wrapped, EncryptionContext })).Plaintext);
      },
    },
  ];
}

describe('S3 objects and an independent reader and writer', () => {
  test('what the library writes, the independent reader reads', async () => {
    for (const { keyring, codes, unwrap } of await wrappings()) {
      const committing = await encryptObject(pattern(1000), { keyring });
      const v3 = committing.metadata;
      assert.equal(v3['x-amz-w'], codes.v3);
      const dataKey = await unwrap(base64(v3['x-amz-3']), '115', v3['x-amz-t'] ?? '{}');
      const messageId = base64(v3['x-amz-i']);
      assert.equal(messageId.length, 28);
      assert.deepEqual(derive(dataKey, messageId, 'COMMITKEY', 28), base64(v3['x-amz-d']));
      const contentKey = derive(dataKey, messageId, 'DERIVEKEY', 32);
      const opened = open(contentKey, Buffer.alloc(12, 1), committing.body, Buffer.of(0, 0x73));
      assert.deepEqual(new Uint8Array(opened), pattern(1000));

      const plain = await encryptObject(pattern(1000), { keyring, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' });
      const v2 = plain.metadata;
      assert.equal(v2['x-amz-wrap-alg'], codes.v2);
      const key = await unwrap(base64(v2['x-amz-key-v2']), 'AES/GCM/NoPadding', v2['x-amz-matdesc'] as string);
      const content = open(key, base64(v2['x-amz-iv']), plain.body, Buffer.alloc(0));
      assert.deepEqual(new Uint8Array(content), pattern(1000));
    }
  });

  test('what the independent writer writes, the library reads', async () => {
    for (const { keyring, codes, wrap } of await wrappings()) {
      const dataKey = randomBytes(32);
      const messageId = randomBytes(28);
      const described = (name: string): string =>
        JSON.stringify(codes.v3 === '12' ? { 'aws:x-amz-cek-alg': name } : {});
      const v3 = {
        'x-amz-c': '115',
        'x-amz-3': (await wrap(dataKey, '115')).toString('base64'),
        'x-amz-w': codes.v3,
        'x-amz-i': messageId.toString('base64'),
        'x-amz-d': derive(dataKey, messageId, 'COMMITKEY', 28).toString('base64'),
        [codes.v3 === '12' ? 'x-amz-t' : 'x-amz-m']: described('115'),
      };
      const contentKey = derive(dataKey, messageId, 'DERIVEKEY', 32);
      const committing = seal(contentKey, Buffer.alloc(12, 1), pattern(1000), Buffer.of(0, 0x73));
      assert.deepEqual(await decryptObject({ metadata: v3, body: committing }, { keyring }), pattern(1000));

      const iv = randomBytes(12);
      const v2 = {
        'x-amz-key-v2': (await wrap(dataKey, 'AES/GCM/NoPadding')).toString('base64'),
        'x-amz-iv': iv.toString('base64'),
        'x-amz-cek-alg': 'AES/GCM/NoPadding',
        'x-amz-tag-len': '128',
        'x-amz-wrap-alg': codes.v2,
        'x-amz-matdesc': described('AES/GCM/NoPadding'),
      };
      const plain = seal(dataKey, iv, pattern(1000), Buffer.alloc(0));
      const options = { keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
      assert.deepEqual(await decryptObject({ metadata: v2, body: plain }, options), pattern(1000));
    }
  });
});
