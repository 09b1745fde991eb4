// An independent reader and writer of the CiphertextBlob over node:crypto, written from docs/formats.md and not from src/. Each
// checks the other.
import { strict as nodeAssert } from 'node:assert';
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { describe, test } from 'vitest';
import { memoryStore, openKms } from '../../src/index.ts';
import { importMaterial, materialId } from '../../src/keys/material.ts';
import { assertFails } from '../support/errors.ts';
import { newKey } from '../support/kms.ts';

type Context = Record<string, string>;

const uint16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
const field = (text: string): Buffer => Buffer.concat([uint16(Buffer.byteLength(text)), Buffer.from(text)]);

function serialise(context: Context): Buffer {
  const keys = Object.keys(context).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (keys.length === 0) return Buffer.alloc(0);
  return Buffer.concat([uint16(keys.length), ...keys.flatMap((key) => [field(key), field(context[key] as string)])]);
}

function derive(material: Buffer, salt: Buffer, context: Buffer): { key: Buffer; nonce: Buffer; commitment: Buffer } {
  const info = Buffer.concat([Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'), salt, context]);
  const hmac = (...parts: Buffer[]) => createHmac('sha512', material).update(Buffer.concat(parts)).digest();
  const t1 = hmac(info, Buffer.from([1]));
  const okm = Buffer.concat([t1, hmac(t1, info, Buffer.from([2]))]);
  return { key: okm.subarray(0, 32), nonce: okm.subarray(32, 44), commitment: okm.subarray(44, 76) };
}

function read(material: Buffer, blob: Buffer, context: Context): Buffer {
  nodeAssert.equal(blob.subarray(0, 2).toString('hex'), 'a101');
  const [header, salt, commitment, sealed] = [
    blob.subarray(0, 51),
    blob.subarray(51, 75),
    blob.subarray(75, 107),
    blob.subarray(107),
  ];
  const keys = derive(material, salt, Buffer.concat([header, serialise(context)]));
  nodeAssert(timingSafeEqual(keys.commitment, commitment));
  const decipher = createDecipheriv('aes-256-gcm', keys.key, keys.nonce).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function write(material: Buffer, header: Buffer, context: Context, plaintext: Buffer): Buffer {
  const salt = randomBytes(24);
  const keys = derive(material, salt, Buffer.concat([header, serialise(context)]));
  const cipher = createCipheriv('aes-256-gcm', keys.key, keys.nonce);
  return Buffer.concat([header, salt, keys.commitment, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The bytes of a wrapped key: nonce, key, tag under the root. */
function unwrap(root: Buffer, wrapped: Buffer, keyId: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', root, wrapped.subarray(0, 12));
  decipher.setAAD(Buffer.from(`keyhaven/v1/wrapped-material\0${keyId}`)).setAuthTag(wrapped.subarray(-16));
  return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
}

describe('an independent implementation over node:crypto', () => {
  test('reads what the library writes, and writes what the library reads', async () => {
    const store = memoryStore();
    const rootBytes = randomBytes(32);
    const root = await crypto.subtle.importKey('raw', rootBytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    const kms = await openKms({ store, root });
    const KeyId = await newKey(kms);
    const row = (await store.list('materials', { limit: 10 })).find((each) => each.id.includes(KeyId));
    const id = row?.id.split('/').at(-1) as string;
    const material = unwrap(rootBytes, Buffer.from(row?.value as Uint8Array), KeyId);
    const header = Buffer.concat([
      Buffer.from([0xa1, 1, 0]),
      Buffer.from(KeyId.replaceAll('-', ''), 'hex'),
      Buffer.from(id, 'hex'),
    ]);
    for (const [length, context] of [
      [1, {}],
      [32, { a: 'b' }],
      [4096, { ü: '\u{10000}', '\uff61': '', z: 'Z' }],
    ] as [number, Context][]) {
      const plaintext = randomBytes(length);
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: plaintext, EncryptionContext: context });
      nodeAssert.deepEqual(CiphertextBlob.subarray(0, 51), new Uint8Array(header));
      nodeAssert.deepEqual(read(material, Buffer.from(CiphertextBlob), context), plaintext);
      const written = write(material, header, context, plaintext);
      const opened = await kms.decrypt({ CiphertextBlob: written, EncryptionContext: context });
      nodeAssert.deepEqual(Buffer.from(opened.Plaintext), plaintext);
    }
    // Under the right keys, but a kind of key id that does not fit.
    const wrongKind = Buffer.concat([Buffer.from([0xa1, 1, 1]), header.subarray(3)]);
    await assertFails(
      kms.decrypt({ CiphertextBlob: write(material, wrongKind, {}, randomBytes(5)) }),
      'AccessDeniedException',
    );
  });

  test('material ids are what docs/formats.md says', async () => {
    const material = randomBytes(32);
    const keyId = '12345678-1234-4234-8234-123456789abc';
    const mac = createHmac('sha512', material)
      .update('keyhaven/v1/key-material-id\0')
      .update(Buffer.from(keyId.replaceAll('-', ''), 'hex'))
      .digest();
    nodeAssert.equal(
      await materialId(await importMaterial(new Uint8Array(material)), keyId),
      mac.toString('hex').slice(0, 64),
    );
  });
});
