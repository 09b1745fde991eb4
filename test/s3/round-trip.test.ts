import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { decodeMetadataText, decodePairs, encodePairs } from '../../src/formats/s3/metadata-text.ts';
import {
  aesKeyring,
  type CommitmentPolicy,
  decryptObject,
  decryptObjectUnverified,
  decryptRangeUnauthenticated,
  encryptObject,
  kmsKeyring,
  rsaKeyring,
  type S3Keyring,
} from '../../src/s3/index.ts';
import { collect, pattern, streamOf } from '../streams/flows.ts';
import { paperKms } from '../streams/paper-kms.ts';
import { random } from '../support/bytes.ts';
import { newKey, newKms } from '../support/kms.ts';
import { newAesKeyring } from './objects.ts';

const policies = ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', 'FORBID_ENCRYPT_ALLOW_DECRYPT'] as const;

const rsaPair = () =>
  crypto.subtle.generateKey(
    { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    false,
    ['encrypt', 'decrypt'],
  );

const sizes = [0, 1, 15, 16, 17, 1000, 262_143, 262_144, 262_145, 600_000];

describe('what is written', () => {
  for (const commitmentPolicy of policies) {
    test(`opens in every form and length, ${commitmentPolicy}`, async () => {
      const keyring = newAesKeyring();
      const options = { keyring, commitmentPolicy };
      for (const size of sizes) {
        const plaintext = pattern(size);
        const sealed = await encryptObject(plaintext, options);
        assert.equal(sealed.body.length, size + 16);
        assert.deepEqual(await decryptObject(sealed, options), plaintext);
        const streamed = await encryptObject(streamOf(plaintext, [70_000, 1, 300_000]), options);
        const body = await collect(streamed.body);
        assert.equal(body.length, size + 16);
        assert.deepEqual(await decryptObject({ ...streamed, body }, options), plaintext);
        const held = await decryptObject({ ...sealed, body: streamOf(sealed.body, [100_000, 5]) }, options);
        assert.deepEqual(await collect(held), plaintext);
        const early = await decryptObjectUnverified({ ...sealed, body: streamOf(sealed.body, [99_999]) }, options);
        assert.deepEqual(await collect(early), plaintext);
        const blob = await encryptObject(new Blob([plaintext]), options);
        assert.instanceOf(blob.body, Blob);
        const opened = await decryptObject(blob, options);
        assert.deepEqual(new Uint8Array(await opened.arrayBuffer()), plaintext);
      }
    });
  }

  test('a KMS of our own, an AES key of each kind, and an RSA pair wrap the data key', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { publicKey, privateKey } = await rsaPair();
    const handle = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const keyrings: [S3Keyring, wrap: string][] = [
      [kmsKeyring(kms, { KeyId }), '12'],
      [aesKeyring(handle), '02'],
      [aesKeyring(random(16)), '02'],
      [aesKeyring(random(24)), '02'],
      [aesKeyring(random(32)), '02'],
      [rsaKeyring({ publicKey, privateKey }), '22'],
    ];
    const plaintext = pattern(100);
    for (const [keyring, wrap] of keyrings) {
      for (const commitmentPolicy of policies) {
        const sealed = await encryptObject(plaintext, { keyring, commitmentPolicy });
        if (commitmentPolicy === policies[0]) assert.equal(sealed.metadata['x-amz-w'], wrap);
        assert.deepEqual(await decryptObject(sealed, { keyring, commitmentPolicy }), plaintext);
      }
    }
  });

  test('the metadata are those of the format, and nothing else', async () => {
    const keyring = kmsKeyring(await paperKms(), { KeyId: 'k' });
    const write = (commitmentPolicy: CommitmentPolicy) =>
      encryptObject(pattern(5), { keyring, commitmentPolicy, EncryptionContext: { dept: 'r&d' } });
    const v3 = (await write('REQUIRE_ENCRYPT_REQUIRE_DECRYPT')).metadata;
    assert.sameMembers(Object.keys(v3), ['x-amz-c', 'x-amz-3', 'x-amz-w', 'x-amz-d', 'x-amz-i', 'x-amz-t']);
    assert.equal(v3['x-amz-t'], '{"dept":"r&d","aws:x-amz-cek-alg":"115"}');
    const v2 = (await write('FORBID_ENCRYPT_ALLOW_DECRYPT')).metadata;
    assert.equal(v2['x-amz-matdesc'], '{"dept":"r&d","aws:x-amz-cek-alg":"AES/GCM/NoPadding"}');
    assert.deepInclude(v2, {
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-tag-len': '128',
      'x-amz-wrap-alg': 'kms+context',
    });
    assert.sameMembers(
      Object.keys(v2).filter((name) => !Object.keys(v3).includes(name)),
      ['x-amz-key-v2', 'x-amz-iv', 'x-amz-cek-alg', 'x-amz-tag-len', 'x-amz-wrap-alg', 'x-amz-matdesc'],
    );
  });

  test('an instruction file holds the data key; of v3 the content keeps what is its own', async () => {
    const keyring = aesKeyring(random(32), { materialDescription: { key: 'ö' } });
    const contents = { [policies[0]]: ['x-amz-c', 'x-amz-d', 'x-amz-i'], [policies[1]]: [] };
    const files = {
      [policies[0]]: ['x-amz-3', 'x-amz-w', 'x-amz-m'],
      [policies[1]]: ['x-amz-key-v2', 'x-amz-iv', 'x-amz-cek-alg', 'x-amz-tag-len', 'x-amz-wrap-alg', 'x-amz-matdesc'],
    };
    for (const commitmentPolicy of policies) {
      const sealed = await encryptObject(pattern(9), { keyring, commitmentPolicy, instructionFile: true });
      assert.sameMembers(Object.keys(sealed.metadata), contents[commitmentPolicy]);
      assert.sameMembers(Object.keys(JSON.parse(sealed.instruction ?? '')), files[commitmentPolicy]);
      assert.deepEqual(await decryptObject(sealed, { keyring, commitmentPolicy }), pattern(9));
    }
  });

  test('no two objects share a key, an IV or a message id', async () => {
    const keyring = newAesKeyring();
    for (const [commitmentPolicy, names] of [
      [policies[0], ['x-amz-3', 'x-amz-i', 'x-amz-d']],
      [policies[1], ['x-amz-key-v2', 'x-amz-iv']],
    ] as const) {
      const seen = new Set<string>();
      for (let i = 0; i < 50; i++) {
        const { metadata } = await encryptObject(pattern(1), { keyring, commitmentPolicy });
        for (const name of names) seen.add(metadata[name] as string);
      }
      assert.equal(seen.size, 50 * names.length);
    }
  });

  test('data keys are wiped where a KMS handed them out', async () => {
    const kms = await paperKms();
    const keyring = kmsKeyring(kms, { KeyId: 'k' });
    const sealed = await encryptObject(pattern(50), { keyring });
    await decryptObject(sealed, { keyring });
    assert.equal(kms.handedOut.length, 2);
    for (const key of kms.handedOut) assert.isTrue(key.every((byte) => byte === 0));
  });

  test('inputs are copied before anything is waited for', async () => {
    const keyring = newAesKeyring();
    const plaintext = pattern(1000);
    const writing = encryptObject(plaintext, { keyring });
    plaintext.fill(9);
    const sealed = await writing;
    const body = sealed.body.slice();
    const reading = decryptObject({ ...sealed, body }, { keyring });
    body.fill(0);
    assert.deepEqual(await reading, pattern(1000));
    const key = random(32);
    const own = aesKeyring(key);
    const again = aesKeyring(key.slice());
    key.fill(0);
    assert.deepEqual(
      await decryptObject(await encryptObject(pattern(3), { keyring: own }), { keyring: again }),
      pattern(3),
    );
  });
});

describe('ranges', () => {
  test('every range of a plaintext is its slice, in both forms, from any block before it', async () => {
    for (const commitmentPolicy of policies) {
      const keyring = newAesKeyring();
      const options = { keyring, commitmentPolicy };
      const plaintext = pattern(530_000);
      const sealed = await encryptObject(plaintext, options);
      const size = sealed.body.length;
      const spots = fc.tuple(fc.nat(plaintext.length - 1), fc.nat(plaintext.length + 40), fc.nat(3));
      await fc.assert(
        fc.asyncProperty(spots, async ([first, reach, blocks]) => {
          const last = first + reach;
          const offset = Math.max(0, first - (first % 16) - 16 * blocks);
          const part = { ...sealed, body: sealed.body.slice(offset, last + 20), offset, size };
          const expected = plaintext.slice(first, last + 1);
          assert.deepEqual(await decryptRangeUnauthenticated(part, { first, last }, options), expected);
          const streamed = { ...part, body: streamOf(part.body, [100_000, 3]) };
          const pieces = await decryptRangeUnauthenticated(streamed, { first, last }, options);
          assert.deepEqual(await collect(pieces), expected);
        }),
        { numRuns: 20 },
      );
      const tail = { ...sealed, body: sealed.body.slice(-1040), offset: size - 1040, size };
      const toEnd = await decryptRangeUnauthenticated(tail, { first: plaintext.length - 7 }, options);
      assert.deepEqual(toEnd, plaintext.slice(-7));
    }
  });

  test('the counter reaches the last block of the longest object', async () => {
    const keyring = newAesKeyring();
    const sealed = await encryptObject(pattern(16), { keyring });
    const size = 2 ** 36 - 32 + 16;
    const first = 2 ** 36 - 48;
    const part = { ...sealed, body: new Uint8Array(16), offset: first, size };
    const keystream = await decryptRangeUnauthenticated(part, { first }, { keyring });
    assert.equal(keystream.length, 16);
    assert.isFalse(keystream.every((byte) => byte === 0));
  });
});

describe('JSON in metadata', () => {
  const words = fc.string({ unit: 'binary', maxLength: 12 });
  const texts = fc.oneof(words, fc.constantFrom('=?UTF-8?Q?=41?=', '__proto__', 'é', '漢字', '🔑', '=?', ''));
  const contexts = fc.uniqueArray(fc.tuple(texts, texts), { selector: ([key]) => key, maxLength: 6 });

  test('is ASCII, and comes back as it was', () => {
    fc.assert(
      fc.property(contexts, (pairs) => {
        const text = encodePairs(pairs);
        assert.match(text, /^[\x20-\x7e]*$/);
        assert.equal(decodeMetadataText(text), text);
        assert.sameDeepMembers([...(decodePairs(text) ?? [])], pairs);
      }),
    );
  });

  test('is read as S3 gives back what other clients wrote', () => {
    // What S3 makes of UTF-8: each byte a character, in UTF-8 again, as encoded words of RFC 2047.
    const latin1 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
    const twice = (text: string) => new TextEncoder().encode(latin1(text));
    const q = (text: string) =>
      `=?UTF-8?Q?${Array.from(twice(text), (byte) => (byte < 0x80 && !/[=?_ ]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('')}?=`;
    const b = (text: string) => `=?utf-8?b?${btoa(String.fromCharCode(...twice(text)))}?=`;
    for (const text of ['{"ké":"ü"}', '{"漢字":"🔑 = ?"}', '{"a_b":"é"}']) {
      for (const sent of [q(text), b(text), latin1(text)]) assert.equal(decodeMetadataText(sent), text, sent);
    }
    assert.equal(decodeMetadataText('=?UTF-8?Q?{"a":?= =?UTF-8?Q?"=C3=83=C2=A9"}?='), '{"a":"é"}');
    // What is none of it stays what it is.
    for (const text of ['{"a":"b"}', '=?UTF-8?B?%%?=', '=?latin1?Q?=E9?=', '{"a":"\u00e9"}']) {
      assert.equal(decodeMetadataText(text), text);
    }
  });
});
