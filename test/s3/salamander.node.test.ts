// Who may exchange the instruction file of an object decides which data key opens it. A body made to open under two keys is two
// objects in format v2; format v3 commits to one of them.
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { aesKeyring, decryptObject, decryptObjectUnverified, decryptRangeUnauthenticated } from '../../src/s3/index.ts';
import { streamOf } from '../streams/flows.ts';
import { assertFails } from '../support/errors.ts';
import { forge } from '../support/salamander.ts';

const wrappingKey = new Uint8Array(randomBytes(32));
const keyring = aesKeyring(wrappingKey);
const suite = Buffer.of(0, 0x73);

function wrap(dataKey: Uint8Array, name: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv).setAAD(Buffer.from(name));
  return Buffer.concat([iv, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

describe('a body made to open under two data keys', () => {
  const dataKeys = [randomBytes(32), randomBytes(32)] as const;

  test('is two objects in format v2', async () => {
    const iv = randomBytes(12);
    const [one, two] = dataKeys.map((key) => ({ key, baseNonce: iv })) as [never, never];
    const body = new Uint8Array(forge(one, two));
    const seen = new Set<string>();
    for (const dataKey of dataKeys) {
      const entries = {
        'x-amz-key-v2': wrap(dataKey, 'AES/GCM/NoPadding'),
        'x-amz-iv': iv.toString('base64'),
        'x-amz-cek-alg': 'AES/GCM/NoPadding',
        'x-amz-tag-len': '128',
        'x-amz-wrap-alg': 'AES/GCM',
        'x-amz-matdesc': '{}',
      };
      const object = { metadata: {}, instruction: JSON.stringify(entries), body };
      const plaintext = await decryptObject(object, { keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' });
      seen.add(Buffer.from(plaintext).toString('hex'));
    }
    assert.equal(seen.size, 2);
  });

  test('opens under the committed one only in format v3, in each manner of reading', async () => {
    const messageId = randomBytes(28);
    const derive = (dataKey: Uint8Array, label: string, length: number) =>
      Buffer.from(hkdfSync('sha512', dataKey, messageId, Buffer.concat([suite, Buffer.from(label)]), length));
    const [one, two] = dataKeys.map((dataKey) => ({
      key: derive(dataKey, 'DERIVEKEY', 32),
      baseNonce: Buffer.alloc(12, 1),
    })) as [never, never];
    const body = new Uint8Array(forge(one, two, suite));
    for (const committed of dataKeys) {
      for (const dataKey of dataKeys) {
        const metadata = {
          'x-amz-c': '115',
          'x-amz-i': messageId.toString('base64'),
          'x-amz-d': derive(committed, 'COMMITKEY', 28).toString('base64'),
        };
        const instruction = JSON.stringify({ 'x-amz-3': wrap(dataKey, '115'), 'x-amz-w': '02' });
        const object = { metadata, instruction, body };
        const readings = [
          decryptObject(object, { keyring }),
          decryptObjectUnverified({ ...object, body: streamOf(body) }, { keyring }),
          decryptRangeUnauthenticated({ ...object, offset: 0, size: body.length }, { first: 0 }, { keyring }),
        ];
        for (const reading of readings) {
          if (dataKey === committed) assert.isOk(await reading);
          else await assertFails(reading, 'InvalidCiphertextException');
        }
      }
    }
  });
});
