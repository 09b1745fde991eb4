// What is refused: objects that were changed, formats that are mixed or older, keys and contexts that are others. Every failure
// of decryption is one error.
import { aeskw, cbc, ecb } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  aesKeyring,
  type DecryptObjectOptions,
  decryptObject,
  decryptObjectUnverified,
  decryptRangeUnauthenticated,
  encryptObject,
  kmsKeyring,
  rangeHeader,
  rsaKeyring,
  type S3Keyring,
  type StoredObject,
} from '../../src/s3/index.ts';
import { drain, pattern, streamOf } from '../streams/flows.ts';
import { paperKms } from '../streams/paper-kms.ts';
import { random } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { type Bytes, flipEntry, fromBase64, newAesKeyring } from './objects.ts';

const v2 = 'FORBID_ENCRYPT_ALLOW_DECRYPT';
const v3 = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const write = (
  keyring: S3Keyring,
  commitmentPolicy: typeof v2 | typeof v3,
  EncryptionContext?: Record<string, string>,
) => encryptObject(pattern(100), { keyring, commitmentPolicy, ...(EncryptionContext ? { EncryptionContext } : {}) });
const without = (metadata: Record<string, string>, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== name));

/** Everything of an error that somebody could tell apart. */
const told = (error: Error & { code?: string }): string =>
  [error.name, error.code, error.message, Object.keys(error).join(), String(error.cause)].join('|');

async function allRefused(objects: Record<string, StoredObject<Bytes>>, options: DecryptObjectOptions): Promise<void> {
  const texts = new Set<string>();
  for (const [name, object] of Object.entries(objects)) {
    const error = await failure(decryptObject(object, options)).catch((cause: unknown) => {
      throw new Error(`${name}: ${cause}`);
    });
    assert.equal(error.name, 'InvalidCiphertextException', `${name}: ${error.message}`);
    texts.add(told(error));
    const stream = await decryptObjectUnverified({ ...object, body: streamOf(object.body) }, options).catch(
      (early: unknown) => early as Error,
    );
    texts.add(told((stream instanceof Error ? stream : (await drain(stream)).error) as Error));
  }
  assert.equal(texts.size, 1, [...texts].join('\n'));
}

describe('an object that was changed', () => {
  for (const policy of [v2, v3] as const) {
    test(`does not open, whatever was changed, and is one error: ${policy}`, async () => {
      const keyring = newAesKeyring();
      const { metadata, body } = await write(keyring, policy);
      const other = await write(keyring, policy);
      const objects: Record<string, StoredObject<Bytes>> = {
        'cut to nothing': { metadata, body: new Uint8Array(0) },
        'shorter than a tag': { metadata, body: body.slice(0, 15) },
        'one byte short': { metadata, body: body.slice(0, -1) },
        'one byte long': { metadata, body: Uint8Array.of(...body, 0) },
        'another body': { metadata, body: other.body },
        'another metadata': { metadata: other.metadata, body },
      };
      for (let at = 0; at < body.length; at++) {
        const changed = body.slice();
        changed[at] = (changed[at] as number) ^ 1;
        objects[`byte ${at}`] = { metadata, body: changed };
      }
      for (const name of ['x-amz-key-v2', 'x-amz-3', 'x-amz-iv', 'x-amz-i', 'x-amz-d']) {
        if (metadata[name] === undefined) continue;
        for (let at = 0; at < fromBase64(metadata[name]).length; at++)
          objects[`${name} byte ${at}`] = { metadata: flipEntry(metadata, name, at), body };
        objects[`${name} not base64`] = { metadata: { ...metadata, [name]: `${metadata[name]}!` }, body };
        objects[`${name} empty`] = { metadata: { ...metadata, [name]: '' }, body };
        objects[`${name} long`] = { metadata: { ...metadata, [name]: 'AAAA'.repeat(100_000) }, body };
      }
      await allRefused(objects, { keyring, commitmentPolicy: policy });
    });
  }

  test('entries that are missing, twice, of another value or of another format are refused', async () => {
    const keyring = newAesKeyring();
    const { metadata, body } = await write(keyring, v3);
    const plain = await write(keyring, v2);
    const set = (entries: Record<string, string>) => ({ metadata: { ...metadata, ...entries }, body });
    const setPlain = (entries: Record<string, string>) => ({ ...plain, metadata: { ...plain.metadata, ...entries } });
    const objects: Record<string, StoredObject<Bytes>> = {
      'suite 114': set({ 'x-amz-c': '114' }),
      'suite 116': set({ 'x-amz-c': '116' }),
      'suite by name': set({ 'x-amz-c': 'AES/GCM/NoPadding' }),
      'wrap 12': set({ 'x-amz-w': '12' }),
      'wrap 22': set({ 'x-amz-w': '22' }),
      'wrap by name': set({ 'x-amz-w': 'AES/GCM' }),
      'context of a KMS': set({ 'x-amz-t': '{}' }),
      'a second key': set({ 'x-amz-key-v2': metadata['x-amz-3'] as string }),
      'a third key': set({ 'x-amz-key': metadata['x-amz-3'] as string }),
      'an entry of v2': set({ 'x-amz-iv': 'AAAAAAAAAAAAAAAA' }),
      'an entry twice': set({ 'X-AMZ-I': metadata['x-amz-i'] as string }),
      'message id of zeros': set({ 'x-amz-i': toBase64(new Uint8Array(28)) }),
      'a short commitment': set({ 'x-amz-d': toBase64(new Uint8Array(27)) }),
      'description no JSON': set({ 'x-amz-m': '{' }),
      'description no object': set({ 'x-amz-m': '[]' }),
      'description not of strings': set({ 'x-amz-m': '{"a":1}' }),
      'description too long': set({ 'x-amz-m': `{"a":"${'x'.repeat(70_000)}"}` }),
      'tag of 96 bits': setPlain({ 'x-amz-tag-len': '96' }),
      'unknown content': setPlain({ 'x-amz-cek-alg': 'AES/CTR/NoPadding' }),
      'unknown wrapping': setPlain({ 'x-amz-wrap-alg': 'none' }),
      'an entry of v3': setPlain({ 'x-amz-c': '115' }),
      'an IV of 16 bytes': setPlain({ 'x-amz-iv': toBase64(new Uint8Array(16)) }),
    };
    for (const name of ['x-amz-c', 'x-amz-w', 'x-amz-d', 'x-amz-i'])
      objects[`without ${name}`] = { metadata: without(metadata, name), body };
    for (const name of ['x-amz-iv', 'x-amz-cek-alg', 'x-amz-wrap-alg'])
      objects[`without ${name}`] = { ...plain, metadata: without(plain.metadata, name) };
    await allRefused(objects, { keyring, commitmentPolicy: v3 });
  });

  test('names of HTTP headers are told as what they are', async () => {
    const keyring = newAesKeyring();
    const { body, metadata } = await encryptObject(pattern(10), { keyring });
    const headers = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`X-Amz-Meta-${name}`, value]));
    await assertFails(
      decryptObject({ body, metadata: headers }, { keyring }),
      'ValidationException',
      /metadata .*x-amz-meta-/,
    );
    const foreign = { 'x-amz-meta-mine': 'yes', 'x-amz-meta-': '' };
    await assertFails(decryptObject({ body, metadata: foreign }, { keyring }), 'ObjectNotEncrypted');
    // Who has both reads what is in its place.
    assert.deepEqual(await decryptObject({ body, metadata: { ...headers, ...metadata } }, { keyring }), pattern(10));
  });

  test('names have no case, and foreign entries do not matter', async () => {
    const keyring = newAesKeyring();
    const { metadata, body } = await write(keyring, v3);
    const upper = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toUpperCase(), value]));
    const object = { metadata: { ...upper, mine: 'x', 'x-amz-unencrypted-content-length': '7' }, body };
    assert.deepEqual(await decryptObject(object, { keyring }), pattern(100));
  });

  test('an instruction file that adds, repeats or mixes entries is refused', async () => {
    const keyring = newAesKeyring();
    const options = { keyring, instructionFile: true };
    const sealed = await encryptObject(pattern(5), options);
    const entries = JSON.parse(sealed.instruction ?? '') as Record<string, string>;
    const whole = await write(keyring, v3);
    const file = (value: unknown) => ({ ...sealed, instruction: JSON.stringify(value) });
    await allRefused(
      {
        'a commitment in the file': file({ ...entries, 'x-amz-d': sealed.metadata['x-amz-d'] }),
        'an entry of v2 in the file': file({ ...entries, 'x-amz-iv': 'AAAAAAAAAAAAAAAA' }),
        'the key in both places': { ...whole, instruction: sealed.instruction ?? '' },
        'no object': file([]),
        'no JSON': { ...sealed, instruction: 'x-amz-3' },
        'an entry twice': file({ ...entries, 'X-Amz-W': '02' }),
        'too long': file({ ...entries, more: 'x'.repeat(70_000) }),
      },
      { keyring, commitmentPolicy: v3 },
    );
    await assertFails(decryptObject(file({}), { keyring }), 'ObjectNotEncrypted');
  });

  test('another key or context does not open it', async () => {
    const kms = await paperKms();
    const keyring = kmsKeyring(kms, { KeyId: 'k' });
    for (const policy of [v2, v3] as const) {
      const sealed = await write(keyring, policy, { a: '1', b: '2' });
      const options = { keyring, commitmentPolicy: policy } as const;
      for (const EncryptionContext of [
        {},
        { a: '1' },
        { a: '1', b: '3' },
        { a: '1', b: '2', c: '' },
        { A: '1', b: '2' },
      ])
        await assertFails(decryptObject(sealed, { ...options, EncryptionContext }), 'InvalidCiphertextException');
      const reordered = { ...options, EncryptionContext: { b: '2', a: '1' } };
      assert.deepEqual(await decryptObject(sealed, reordered), pattern(100));
      await assertFails(decryptObject(sealed, { ...options, keyring: newAesKeyring() }), 'InvalidCiphertextException');
    }
    const raw = await write(newAesKeyring(), v3);
    await assertFails(decryptObject(raw, { keyring: newAesKeyring() }), 'InvalidCiphertextException');
    await assertFails(decryptObject(raw, { keyring }), 'InvalidCiphertextException');
  });

  test('a data key cannot be moved from format v3 to v2 or back', async () => {
    const pair = await crypto.subtle.generateKey(
      { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
      false,
      ['encrypt', 'decrypt'],
    );
    const wraps: [S3Keyring, string, string][] = [
      [newAesKeyring(), '02', 'AES/GCM'],
      [rsaKeyring(pair), '22', 'RSA-OAEP-SHA1'],
      [kmsKeyring(await paperKms(), { KeyId: 'k' }), '12', 'kms+context'],
    ];
    for (const [keyring, code, name] of wraps) {
      const [committing, plain] = [await write(keyring, v3), await write(keyring, v2)];
      const down = {
        body: committing.body,
        metadata: {
          ...plain.metadata,
          'x-amz-key-v2': committing.metadata['x-amz-3'] as string,
          'x-amz-iv': toBase64(new Uint8Array(12).fill(1)),
          'x-amz-wrap-alg': name,
          'x-amz-matdesc': committing.metadata['x-amz-t'] ?? '{}',
        },
      };
      const up = {
        body: plain.body,
        metadata: { ...committing.metadata, 'x-amz-3': plain.metadata['x-amz-key-v2'] as string, 'x-amz-w': code },
      };
      await allRefused({ down, up }, { keyring, commitmentPolicy: v3 });
    }
    // Nor by the name of the wrapping that binds no algorithm, where that is allowed.
    const kms = await paperKms();
    const keyring = kmsKeyring(kms, { KeyId: 'k', legacyWrapping: true });
    const objects: Record<string, StoredObject<Bytes>> = {};
    for (const policy of [v2, v3] as const) {
      const { metadata } = await write(keyring, policy);
      const wrappedKey = fromBase64((metadata['x-amz-3'] ?? metadata['x-amz-key-v2']) as string);
      const description = JSON.parse((metadata['x-amz-t'] ?? metadata['x-amz-matdesc']) as string);
      const { Plaintext } = await kms.decrypt({ CiphertextBlob: wrappedKey, EncryptionContext: description });
      objects[policy] = await legacyObject(new Uint8Array(Plaintext), { wrap: 'kms', wrappedKey, description });
    }
    await allRefused(objects, { keyring, commitmentPolicy: v3, legacyUnauthenticatedContent: true });
  });

  test('the data key of another object fails at the commitment, also where no tag is looked at', async () => {
    const keys = [random(32), random(32)].map((key) => aesKeyring(key)) as [S3Keyring, S3Keyring];
    const [mine, theirs] = [await write(keys[0], v3), await write(keys[1], v3)];
    const mixed = { body: mine.body, metadata: { ...mine.metadata, 'x-amz-3': theirs.metadata['x-amz-3'] as string } };
    await assertFails(decryptObject(mixed, { keyring: keys[1] }), 'InvalidCiphertextException');
    const part = { ...mixed, offset: 0, size: mixed.body.length };
    const range = decryptRangeUnauthenticated(part, { first: 0 }, { keyring: keys[1] });
    await assertFails(range, 'InvalidCiphertextException');
    const unverified = decryptObjectUnverified({ ...mixed, body: streamOf(mixed.body) }, { keyring: keys[1] });
    await assertFails(unverified, 'InvalidCiphertextException');
  });
});

describe('what is off unless it is asked for', () => {
  test('formats that do not commit, by the policy', async () => {
    const keyring = newAesKeyring();
    const [plain, committing] = [await write(keyring, v2), await write(keyring, v3)];
    assert.property(plain.metadata, 'x-amz-key-v2');
    assert.property(committing.metadata, 'x-amz-3');
    assert.property((await encryptObject(pattern(1), { keyring })).metadata, 'x-amz-3');
    for (const commitmentPolicy of [undefined, 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'] as const) {
      const options = { keyring, ...(commitmentPolicy ? { commitmentPolicy } : {}) };
      await assertFails(decryptObject(plain, options), 'ObjectFormatRefused', /REQUIRE_ENCRYPT_ALLOW_DECRYPT reads it/);
      const part = { ...plain, offset: 0, size: plain.body.length };
      await assertFails(decryptRangeUnauthenticated(part, { first: 0 }, options), 'ObjectFormatRefused');
      assert.deepEqual(await decryptObject(committing, options), pattern(100));
    }
    for (const commitmentPolicy of [v2, v3] as const)
      for (const object of [plain, committing])
        assert.deepEqual(await decryptObject(object, { keyring, commitmentPolicy }), pattern(100));
  });

  test('a refused format asks the KMS nothing', async () => {
    const kms = await paperKms();
    const keyring = kmsKeyring(kms, { KeyId: 'k' });
    const plain = await write(keyring, v2);
    await assertFails(decryptObject(plain, { keyring }), 'ObjectFormatRefused');
    assert.deepEqual(kms.calls, ['generateDataKey']);
  });

  test('legacy wrapping of a KMS', async () => {
    const kms = await paperKms();
    const context = { kms_cmk_id: 'k' };
    const { Plaintext, CiphertextBlob } = await kms.generateDataKey({
      KeyId: 'k',
      NumberOfBytes: 32,
      EncryptionContext: context,
    });
    const object = await legacyObject(Plaintext.slice(), {
      wrap: 'kms',
      wrappedKey: CiphertextBlob,
      description: context,
    });
    const options = { commitmentPolicy: v3, legacyUnauthenticatedContent: true } as const;
    const modern = kmsKeyring(kms, { KeyId: 'k' });
    await assertFails(decryptObject(object, { ...options, keyring: modern }), 'ObjectFormatRefused', /legacyWrapping/);
    const keyring = kmsKeyring(kms, { KeyId: 'k', legacyWrapping: true });
    assert.deepEqual(await decryptObject(object, { ...options, keyring }), pattern(100));
    await assertFails(
      decryptObject(object, { ...options, keyring, EncryptionContext: { a: '1' } }),
      'InvalidCiphertextException',
    );
  });

  test('legacy wrapping of an AES key, format v1, and AES-CBC', async () => {
    const [key, dataKey] = [random(32), random(32)];
    const objects = [
      await legacyObject(dataKey, { wrap: 'AESWrap', wrappedKey: new Uint8Array(aeskw(key).encrypt(dataKey)) }),
      await legacyObject(dataKey, { wrappedKey: new Uint8Array(ecb(key).encrypt(dataKey)) }),
    ];
    // Of CBC, which has no tag, its length means nothing.
    const tagged = objects.map((object) => ({ ...object, metadata: { ...object.metadata, 'x-amz-tag-len': '0' } }));
    objects.push(...tagged);
    const allowed = { commitmentPolicy: v3, legacyUnauthenticatedContent: true } as const;
    const keyring = aesKeyring(key, { legacyWrapping: true });
    for (const object of objects) {
      assert.deepEqual(await decryptObject(object, { ...allowed, keyring }), pattern(100));
      const early = await decryptObjectUnverified({ ...object, body: streamOf(object.body) }, { ...allowed, keyring });
      assert.deepEqual((await drain(early)).pieces, pattern(100));
      const cases: [DecryptObjectOptions, RegExp][] = [
        [{ keyring, legacyUnauthenticatedContent: true }, /commitmentPolicy/],
        [{ keyring, commitmentPolicy: v3 }, /AES-CBC/],
        [{ ...allowed, keyring: aesKeyring(key) }, /legacyWrapping/],
      ];
      for (const [options, message] of cases)
        await assertFails(decryptObject(object, options), 'ObjectFormatRefused', message);
      const part = { ...object, offset: 0, size: object.body.length };
      await assertFails(
        decryptRangeUnauthenticated(part, { first: 0 }, { ...allowed, keyring }),
        'ObjectFormatRefused',
        /as a whole only/,
      );
      const changed = { ...object, body: object.body.slice(0, -1) };
      await assertFails(decryptObject(changed, { ...allowed, keyring }), 'InvalidCiphertextException');
      const wrong = aesKeyring(random(32), { legacyWrapping: true });
      await assertFails(decryptObject(object, { ...allowed, keyring: wrong }), 'InvalidCiphertextException');
    }
  });

  test('RSA with two hashes and PKCS #1 v1.5 are told to be out of reach', async () => {
    const { privateKey } = await crypto.subtle.generateKey(
      { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
      false,
      ['encrypt', 'decrypt'],
    );
    // Format v1 has no name for it.
    for (const wrap of ['RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', undefined]) {
      const wrappedKey = random(256);
      const object = await legacyObject(random(32), wrap === undefined ? { wrappedKey } : { wrap, wrappedKey });
      const options = {
        keyring: rsaKeyring({ privateKey }),
        commitmentPolicy: v3,
        legacyUnauthenticatedContent: true,
      } as const;
      await assertFails(decryptObject(object, options), 'ObjectFormatRefused', /WebCrypto does not offer/);
    }
  });
});

/** An object as old clients wrote it: AES-CBC, format v1 where there is no name of a wrapping. */
async function legacyObject(
  dataKey: Bytes,
  { wrap, wrappedKey, description = {} }: { wrap?: string; wrappedKey: Bytes; description?: Record<string, string> },
): Promise<StoredObject<Bytes>> {
  const iv = random(16);
  const metadata = { 'x-amz-iv': toBase64(iv), 'x-amz-matdesc': JSON.stringify(description) };
  const named =
    wrap === undefined
      ? { 'x-amz-key': toBase64(wrappedKey) }
      : { 'x-amz-key-v2': toBase64(wrappedKey), 'x-amz-wrap-alg': wrap, 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding' };
  return { metadata: { ...metadata, ...named }, body: new Uint8Array(cbc(dataKey, iv).encrypt(pattern(100))) };
}

describe('mistakes of the caller', () => {
  test('are told by the name of the argument', async () => {
    const keyring = newAesKeyring();
    const sealed = await encryptObject(pattern(40), { keyring });
    const read = (options: object) => decryptObject(sealed, { keyring, ...options } as DecryptObjectOptions);
    await assertFails(encryptObject('text' as never, { keyring }), 'SerializationException', /^body /);
    await assertFails(encryptObject(pattern(1), {} as never), 'ValidationException', /keyring/);
    await assertFails(encryptObject(pattern(1), { keyring: {} } as never), 'ValidationException', /^keyring /);
    await assertFails(read({ commitmentPolicy: 'NONE' }), 'ValidationException', /commitmentPolicy/);
    await assertFails(read({ bufferLimit: -1 }), 'ValidationException', /^bufferLimit /);
    await assertFails(read({ EncryptionContext: { a: 1 } }), 'SerializationException', /EncryptionContext\["a"\]/);
    await assertFails(read({ EncryptionContext: { a: '1' } }), 'ValidationException', /^EncryptionContext /);
    await assertFails(
      read({ EncryptionContext: { 'aws:x-amz-cek-alg': '115' } }),
      'ValidationException',
      /aws:x-amz-cek-alg/,
    );
    await assertFails(read({ bufferLimit: 55 }), 'ObjectTooLarge');
    await assertFails(
      decryptObject({ ...sealed, instruction: {} } as never, { keyring }),
      'SerializationException',
      /^instruction /,
    );
    await assertFails(decryptObject({ metadata: {}, body: sealed.body }, { keyring }), 'ObjectNotEncrypted');
    const kms = kmsKeyring(await paperKms());
    await assertFails(encryptObject(pattern(1), { keyring: kms }), 'ValidationException', /^KeyId /);
    const lone = { keyring: kmsKeyring(await paperKms(), { KeyId: 'k' }), EncryptionContext: { a: '\ud800' } };
    await assertFails(encryptObject(pattern(1), lone), 'ValidationException', /lone surrogate/);
    await assertFails(encryptObject(pattern(1), { keyring: aesKeyring(random(31)) }), 'InvalidArgument', /^key /);
    const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    assert.throws(() => aesKeyring(hmac), /^key must be a CryptoKey for AES-GCM/);
    assert.throws(() => rsaKeyring({ publicKey: hmac }), /^publicKey must be a CryptoKey for RSA-OAEP with SHA-1/);
    assert.throws(() => rangeHeader({ first: 5, last: 4 }), /first and last/);
    assert.throws(() => rangeHeader({ first: 0.5 }), /first and last/);
    const part = { ...sealed, offset: 0, size: 56 };
    const range = (object: object, bounds: { first: number; last?: number }) =>
      decryptRangeUnauthenticated({ ...part, ...object }, bounds, { keyring });
    await assertFails(range({ offset: 16 }, { first: 3 }), 'ValidationException', /^offset /);
    await assertFails(range({ body: part.body.slice(0, 10) }, { first: 3 }), 'ValidationException', /^The body ends/);
    await assertFails(range({}, { first: 40 }), 'ValidationException', /end of the plaintext/);
    await assertFails(range({ size: 15 }, { first: 0 }), 'InvalidCiphertextException');
  });

  test('a stream is taken to bufferLimit and no further, and gives out nothing', async () => {
    const keyring = newAesKeyring();
    const sealed = await encryptObject(pattern(100_000), { keyring });
    const reading = (bufferLimit: number) =>
      decryptObject({ ...sealed, body: streamOf(sealed.body, [1000]) }, { keyring, bufferLimit });
    const refused = await drain(await reading(100_015));
    assert.equal(refused.pieces.length, 0);
    assert.propertyVal(refused.error, 'name', 'ObjectTooLarge');
    assert.deepEqual((await drain(await reading(100_016))).pieces, pattern(100_000));
  });

  test('the errors of a KMS pass as they are', async () => {
    const kms = await paperKms();
    const keyring = kmsKeyring(kms, { KeyId: 'k' });
    const sealed = await encryptObject(pattern(1), { keyring });
    kms.isEnabled = false;
    await assertFails(decryptObject(sealed, { keyring }), 'DisabledException');
  });
});
