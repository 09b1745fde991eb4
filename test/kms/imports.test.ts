// Imported key material: wrapping algorithms and keys, tokens, expiry, and what may be imported again.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms } from '../../src/index.ts';
import { random, toHex, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import {
  wrappingAlgorithms as algorithms,
  forGood,
  importInto,
  type WrappingAlgorithm,
  wrap,
} from '../support/imports.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';

const arnOf = (id: string): string => `arn:aws:kms:us-east-1:000000000000:key/${id}`;

const newExternal = (kms: Kms): Promise<string> => newKey(kms, { Origin: 'EXTERNAL' });
/** A key whose material can be wrapped so, and such material: bytes are wrapped in one step only. */
async function newWrapped(kms: Kms, algorithm: WrappingAlgorithm) {
  if (algorithm.startsWith('RSAES')) return { KeyId: await newExternal(kms), material: random(32) };
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  return {
    KeyId: await newKey(kms, { Origin: 'EXTERNAL', KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    material: new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey)),
  };
}
const stateOf = async (kms: Kms, KeyId: string) => (await kms.describeKey({ KeyId })).KeyMetadata.KeyState;
const seal = async (kms: Kms, KeyId: string) =>
  (await kms.encrypt({ KeyId, Plaintext: utf8('secret') })).CiphertextBlob;
const listOf = async (kms: Kms, KeyId: string) =>
  (await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations.map(
    ({ KeyMaterialId, KeyMaterialState, ImportState }) => [KeyMaterialId, KeyMaterialState, ImportState],
  );

describe('a key of origin EXTERNAL', () => {
  test('waits for its material, and works with it', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const { KeyMetadata: made } = await kms.createKey({ Origin: 'EXTERNAL' });
    const { KeyId } = made;
    assert.deepEqual([made.KeyState, made.Enabled, made.Origin], ['PendingImport', false, 'EXTERNAL']);
    assert.notProperty(made, 'CurrentKeyMaterialId');
    assert.notProperty(made, 'ExpirationModel');
    await assertFails(seal(kms, KeyId), 'KMSInvalidStateException', `${arnOf(KeyId)} is pending import.`);
    const id = await importInto(kms, KeyId, random(32));
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    assert.deepEqual(
      [key.KeyState, key.CurrentKeyMaterialId, key.ExpirationModel],
      ['Enabled', id, 'KEY_MATERIAL_DOES_NOT_EXPIRE'],
    );
    const CiphertextBlob = await seal(kms, KeyId);
    const again = await openKms({ store });
    const opened = await again.decrypt({ CiphertextBlob });
    assert.deepEqual([opened.Plaintext, opened.KeyMaterialId], [utf8('secret'), id]);
  });

  test('has a material id, and ciphertexts, of its own where two keys have the same material', async () => {
    const kms = await newKms();
    const material = random(32);
    const [a, b] = [await newExternal(kms), await newExternal(kms)];
    assert.notEqual(await importInto(kms, a, material), await importInto(kms, b, material));
    await assertFails(kms.decrypt({ CiphertextBlob: await seal(kms, a), KeyId: b }), 'IncorrectKeyException');
  });

  test('leaves no bytes of the material in the store or in what the caller gave', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newExternal(kms);
    const material = random(32);
    const copy = new Uint8Array(material);
    await importInto(kms, KeyId, material);
    assert.deepEqual(material, copy);
    for (const row of await store.list('materials', { limit: 10 })) {
      assert.isFalse(row.key?.extractable);
      assert.notInclude(toHex(row.value), toHex(material));
      // The wrapping key of the import lies sealed where the platform cannot be trusted with it.
      if (!row.id.includes('/import-')) assert.equal(row.value.length, 0);
    }
  });
});

describe('wrapping', () => {
  for (const WrappingAlgorithm of algorithms) {
    test(`${WrappingAlgorithm} under every RSA key`, async () => {
      const kms = await newKms();
      const { KeyId, material } = await newWrapped(kms, WrappingAlgorithm);
      const ids = new Set<string | undefined>();
      for (const WrappingKeySpec of ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const) {
        const { ImportToken, PublicKey } = await kms.getParametersForImport({
          KeyId,
          WrappingAlgorithm,
          WrappingKeySpec,
        });
        const EncryptedKeyMaterial = await wrap(PublicKey, WrappingAlgorithm, material);
        const { KeyMaterialId } = await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forGood });
        ids.add(KeyMaterialId);
      }
      assert.equal(ids.size, 1);
    }, 60_000);
  }

  test('that was withdrawn, or is for China, is refused', async () => {
    const kms = await newKms();
    const KeyId = await newExternal(kms);
    for (const request of [
      { WrappingAlgorithm: 'RSAES_PKCS1_V1_5', WrappingKeySpec: 'RSA_2048' },
      { WrappingAlgorithm: 'SM2PKE', WrappingKeySpec: 'SM2' },
      { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'SM2' },
    ] as const) {
      await assertFails(kms.getParametersForImport({ KeyId, ...request }), 'ValidationException');
    }
  });

  test('that does not open is InvalidCiphertextException, whatever is wrong', async () => {
    const kms = await newKms();
    for (const WrappingAlgorithm of algorithms) {
      const { KeyId, material } = await newWrapped(kms, WrappingAlgorithm);
      const request = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' } as const;
      const { ImportToken, PublicKey } = await kms.getParametersForImport(request);
      const other = await kms.getParametersForImport(request);
      const good = await wrap(PublicKey, WrappingAlgorithm, material);
      const bad = new Uint8Array(good);
      bad[bad.length - 1] = (bad.at(-1) as number) ^ 1;
      for (const EncryptedKeyMaterial of [
        bad,
        good.slice(0, -1),
        random(1),
        random(300),
        await wrap(other.PublicKey, WrappingAlgorithm, material),
      ]) {
        await assertFails(
          kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forGood }),
          'InvalidCiphertextException',
        );
      }
      assert.equal(await stateOf(kms, KeyId), 'PendingImport');
    }
  });

  test('takes 32 bytes and no other number', async () => {
    const kms = await newKms();
    const KeyId = await newExternal(kms);
    for (const length of [1, 16, 31, 33, 64]) {
      await assertFails(importInto(kms, KeyId, random(length)), 'InvalidCiphertextException');
    }
  });
});

describe('import tokens', () => {
  test('are new at each call, and hold for 24 hours', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newExternal(kms);
    const request = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
    const [a, b] = [await kms.getParametersForImport(request), await kms.getParametersForImport(request)];
    assert.notDeepEqual(a.ImportToken, b.ImportToken);
    assert.notDeepEqual(a.PublicKey, b.PublicKey);
    assert.equal(a.ParametersValidTo.getTime(), clock.now + day);
    const EncryptedKeyMaterial = await wrap(a.PublicKey, 'RSAES_OAEP_SHA_256', random(32));
    const importWith = (ImportToken: Uint8Array) =>
      kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forGood });
    await assertFails(importWith(b.ImportToken), 'InvalidCiphertextException');
    clock.pass(day - 1);
    await importWith(a.ImportToken);
    clock.pass(1);
    await assertFails(importWith(a.ImportToken), 'ExpiredImportTokenException');
    // The next parameters take the place of those that are of no use any more.
    await kms.getParametersForImport(request);
    assert.equal(await store.count('materials'), 3);
  });

  test('that were changed, or belong to another key, are refused', async () => {
    const kms = await newKms();
    const [KeyId, other] = [await newExternal(kms), await newExternal(kms)];
    const request = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
    const { ImportToken, PublicKey } = await kms.getParametersForImport({ KeyId, ...request });
    const EncryptedKeyMaterial = await wrap(PublicKey, 'RSAES_OAEP_SHA_256', random(32));
    for (let i = 0; i < ImportToken.length; i++) {
      const changed = new Uint8Array(ImportToken);
      changed[i] = (changed[i] as number) ^ 1;
      await assertFails(
        kms.importKeyMaterial({ KeyId, ImportToken: changed, EncryptedKeyMaterial, ...forGood }),
        'InvalidImportTokenException',
      );
    }
    for (const [id, token] of [
      [other, ImportToken],
      [KeyId, random(77)],
      [KeyId, ImportToken.slice(0, 76)],
    ] as const) {
      await assertFails(
        kms.importKeyMaterial({ KeyId: id, ImportToken: token, EncryptedKeyMaterial, ...forGood }),
        'InvalidImportTokenException',
      );
    }
  });

  test('go with the key', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newExternal(kms);
    await importInto(kms, KeyId, random(32));
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(7 * day);
    await assertFails(kms.describeKey({ KeyId }), 'NotFoundException');
    assert.equal(await store.count('materials'), 1);
  });
});

describe('expiry', () => {
  test('needs a date within 365 days, unless there is none', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newExternal(kms);
    const material = random(32);
    await assertFails(
      importInto(kms, KeyId, material, {}),
      'ValidationException',
      'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    );
    for (const options of [
      { ...forGood, ValidTo: new Date(clock.now + day) },
      { ValidTo: new Date(clock.now) },
      { ValidTo: new Date(clock.now + 365 * day + 1) },
    ]) {
      await assertFails(importInto(kms, KeyId, material, options), 'ValidationException');
    }
    await assertFails(importInto(kms, KeyId, material, { ValidTo: new Date(Number.NaN) }), 'SerializationException');
  });

  test('takes the material away at its date, the next time anyone looks; the same material brings the key back', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const other = await openKms({ store, clock: clock.read });
    const KeyId = await newExternal(kms);
    const material = random(32);
    const ValidTo = new Date(clock.now + 10 * day);
    const id = await importInto(kms, KeyId, material, { ValidTo });
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    assert.deepEqual([key.ExpirationModel, key.ValidTo], ['KEY_MATERIAL_EXPIRES', ValidTo]);
    const CiphertextBlob = await seal(kms, KeyId);
    await other.decrypt({ CiphertextBlob });
    clock.pass(10 * day - 1);
    await other.decrypt({ CiphertextBlob });
    clock.pass(1);
    await assertFails(
      other.decrypt({ CiphertextBlob }),
      'KMSInvalidStateException',
      `${arnOf(KeyId)} is pending import.`,
    );
    assert.notInclude(
      (await store.list('materials', { limit: 10 })).map((row) => row.id.split('/').at(-1)),
      id,
    );
    const { KeyMetadata: expired } = await kms.describeKey({ KeyId });
    assert.deepEqual([expired.KeyState, expired.CurrentKeyMaterialId], ['PendingImport', id]);
    assert.notProperty(expired, 'ExpirationModel');
    await assertFails(importInto(kms, KeyId, random(32)), 'IncorrectKeyMaterialException');
    assert.equal(await importInto(kms, KeyId, material), id);
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
  });
});

describe('DeleteImportedKeyMaterial', () => {
  test('takes the material away until it is imported again', async () => {
    const kms = await newKms();
    const KeyId = await newExternal(kms);
    const { $metadata: _, ...nothing } = await kms.deleteImportedKeyMaterial({ KeyId });
    assert.deepEqual(nothing, { KeyId: arnOf(KeyId) });
    const material = random(32);
    const id = await importInto(kms, KeyId, material);
    const CiphertextBlob = await seal(kms, KeyId);
    const reply = await kms.deleteImportedKeyMaterial({ KeyId });
    assert.deepEqual([reply.KeyId, reply.KeyMaterialId], [arnOf(KeyId), id]);
    assert.equal(await stateOf(kms, KeyId), 'PendingImport');
    await assertFails(kms.decrypt({ CiphertextBlob }), 'KMSInvalidStateException');
    for (const call of [kms.enableKey, kms.disableKey]) {
      await assertFails(call.call(kms, { KeyId }), 'KMSInvalidStateException', `${arnOf(KeyId)} is pending import.`);
    }
    await importInto(kms, KeyId, material, { ...forGood, KeyMaterialId: id });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
    await assertFails(kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: 'a'.repeat(64) }), 'ValidationException');
  });

  test('leaves a key that is pending deletion in that state', async () => {
    const kms = await newKms();
    const KeyId = await newExternal(kms);
    await importInto(kms, KeyId, random(32));
    await kms.scheduleKeyDeletion({ KeyId });
    await kms.deleteImportedKeyMaterial({ KeyId });
    assert.equal(await stateOf(kms, KeyId), 'PendingDeletion');
    await kms.cancelKeyDeletion({ KeyId });
    assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  });
});

describe('several materials of one key', () => {
  test('are rotated to on demand, and all must be there', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newExternal(kms);
    const [one, two, three] = [random(32), random(32), random(32)];
    const first = await importInto(kms, KeyId, one);
    const old = await seal(kms, KeyId);
    await assertFails(
      kms.rotateKeyOnDemand({ KeyId }),
      'KMSInvalidStateException',
      `No available key material pending rotation for the key: ${arnOf(KeyId)}.`,
    );
    await assertFails(importInto(kms, KeyId, two), 'IncorrectKeyMaterialException');
    const asNew = { ...forGood, ImportType: 'NEW_KEY_MATERIAL' } as const;
    await assertFails(importInto(kms, KeyId, one, asNew), 'IncorrectKeyMaterialException');
    await assertFails(importInto(kms, KeyId, two, { ...asNew, KeyMaterialId: first }), 'ValidationException');
    const second = await importInto(kms, KeyId, two, { ...asNew, KeyMaterialDescription: 'second' });
    assert.deepEqual(await listOf(kms, KeyId), [
      [first, 'CURRENT', 'IMPORTED'],
      [second, 'PENDING_ROTATION', 'IMPORTED'],
    ]);
    const error = await failure(importInto(kms, KeyId, three, asNew));
    assert.match(
      error.message,
      new RegExp(
        `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${arnOf(KeyId)}, because another key material \\(id: ${second}\\) is pending rotation.$`,
      ),
    );
    assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.CurrentKeyMaterialId, first);
    await kms.rotateKeyOnDemand({ KeyId });
    assert.deepEqual(await listOf(kms, KeyId), [
      [first, 'NON_CURRENT', 'IMPORTED'],
      [second, 'CURRENT', 'IMPORTED'],
    ]);
    const { Rotations } = await kms.listKeyRotations({ KeyId });
    assert.deepEqual(
      Rotations.map(({ KeyMaterialDescription, RotationType }) => [KeyMaterialDescription, RotationType]),
      [['second', 'ON_DEMAND']],
    );
    const recent = await seal(kms, KeyId);
    await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: first });
    assert.equal(await stateOf(kms, KeyId), 'PendingImport');
    await assertFails(kms.decrypt({ CiphertextBlob: recent }), 'KMSInvalidStateException');
    await assertFails(
      importInto(kms, KeyId, two, { ...forGood, KeyMaterialId: first }),
      'IncorrectKeyMaterialException',
    );
    await importInto(kms, KeyId, one);
    for (const CiphertextBlob of [old, recent])
      assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
  });

  test('tell the earliest date at which one of them goes', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newExternal(kms);
    const until = (days: number) =>
      ({ ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(clock.now + days * day) }) as const;
    const expiry = async () => {
      const { ExpirationModel, ValidTo } = (await kms.describeKey({ KeyId })).KeyMetadata;
      return [ExpirationModel, ValidTo];
    };
    const [one, two] = [until(10), until(5)];
    await importInto(kms, KeyId, random(32), one);
    await importInto(kms, KeyId, random(32), { ...two, ImportType: 'NEW_KEY_MATERIAL' });
    // What waits is not the key's for good.
    assert.deepEqual(await expiry(), [one.ExpirationModel, one.ValidTo]);
    await kms.rotateKeyOnDemand({ KeyId });
    assert.deepEqual(await expiry(), [two.ExpirationModel, two.ValidTo]);
    await importInto(kms, KeyId, random(32), { ...forGood, ImportType: 'NEW_KEY_MATERIAL' });
    await kms.rotateKeyOnDemand({ KeyId });
    assert.deepEqual(await expiry(), [two.ExpirationModel, two.ValidTo]);
  });

  test('that waits and expires is still to be rotated to, in a key of one Region', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newExternal(kms);
    const [first, waiting] = [await importInto(kms, KeyId, random(32)), random(32)];
    const asNew = {
      ImportType: 'NEW_KEY_MATERIAL',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: new Date(clock.now + day),
    } as const;
    const second = await importInto(kms, KeyId, waiting, asNew);
    clock.pass(2 * day);
    assert.deepEqual(await listOf(kms, KeyId), [
      [first, 'CURRENT', 'IMPORTED'],
      [second, 'PENDING_ROTATION', 'PENDING_IMPORT'],
    ]);
    await assertFails(kms.rotateKeyOnDemand({ KeyId }), 'KMSInvalidStateException');
    await importInto(kms, KeyId, waiting);
    await kms.rotateKeyOnDemand({ KeyId });
  });

  test('that waits may be deleted, and another take its place', async () => {
    const kms = await newKms();
    const KeyId = await newExternal(kms);
    await importInto(kms, KeyId, random(32));
    const asNew = { ...forGood, ImportType: 'NEW_KEY_MATERIAL' } as const;
    const waiting = await importInto(kms, KeyId, random(32), asNew);
    await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: waiting });
    assert.equal(await stateOf(kms, KeyId), 'Enabled');
    await importInto(kms, KeyId, random(32), asNew);
    await kms.rotateKeyOnDemand({ KeyId });
    assert.lengthOf(await listOf(kms, KeyId), 2);
  });
});

test('keys that make their own material import none', async () => {
  const kms = await newKms();
  const KeyId = await newKey(kms);
  const text = `${arnOf(KeyId)} origin is AWS_KMS which is not valid for this operation.`;
  await assertFails(
    kms.getParametersForImport({ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
    'UnsupportedOperationException',
    text,
  );
  await assertFails(kms.deleteImportedKeyMaterial({ KeyId }), 'UnsupportedOperationException', text);
  const external = await newExternal(kms);
  for (const call of [kms.enableKeyRotation, kms.disableKeyRotation, kms.getKeyRotationStatus]) {
    await assertFails(
      call.call(kms, { KeyId: external }),
      'UnsupportedOperationException',
      `${arnOf(external)} origin is EXTERNAL which is not valid for this operation.`,
    );
  }
});

describe('where all keys lie wrapped under a root key', () => {
  test('material is imported too, and no row holds it in clear', async () => {
    const store = newStore();
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const bytesOnly = { ...store, holdsCryptoKeys: false };
    const kms = await openKms({ store: bytesOnly, root });
    for (const WrappingAlgorithm of algorithms) {
      const { KeyId, material } = await newWrapped(kms, WrappingAlgorithm);
      await importInto(kms, KeyId, material, forGood, WrappingAlgorithm);
      const again = await openKms({ store: bytesOnly, root });
      if (WrappingAlgorithm.startsWith('RSAES')) {
        const CiphertextBlob = await seal(kms, KeyId);
        assert.deepEqual((await again.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
      } else {
        const request = { KeyId, Message: utf8('m'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
        const { Signature } = await kms.sign(request);
        assert.isTrue((await again.verify({ ...request, Signature })).SignatureValid);
      }
      for (const row of await store.list('materials', { limit: 100 })) {
        assert.isUndefined(row.key);
        assert.notInclude(toHex(row.value), toHex(material));
      }
    }
  });
});
