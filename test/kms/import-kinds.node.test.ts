// MAC keys and key pairs that were made elsewhere: what node:crypto makes is imported, and node:crypto agrees with what it does.
import {
  constants,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { aeskwp } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { KeySpec, KeyUsage, Kms } from '../../src/index.ts';
import { openKms } from '../../src/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKms, newStore } from '../support/kms.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const message = utf8('message');
const pkcs8Of = (key: KeyObject): Bytes => new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));

async function importInto(kms: Kms, KeyId: string, material: Bytes): Promise<void> {
  // Bytes are wrapped in one step, private keys in two.
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  const isBytes = KeyMetadata.KeyUsage === 'GENERATE_VERIFY_MAC';
  const { ImportToken, PublicKey } = await kms.getParametersForImport({
    KeyId,
    WrappingAlgorithm: isBytes ? 'RSAES_OAEP_SHA_256' : 'RSA_AES_KEY_WRAP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  const seal = (bytes: Bytes) =>
    publicEncrypt({ key, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes);
  const kek = random(32);
  const EncryptedKeyMaterial = isBytes ? seal(material) : Buffer.concat([seal(kek), aeskwp(kek).encrypt(material)]);
  await kms.importKeyMaterial({
    KeyId,
    ImportToken,
    EncryptedKeyMaterial,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  });
}

async function newExternal(kms: Kms, KeySpec: KeySpec, KeyUsage: KeyUsage): Promise<string> {
  const { KeyMetadata: key } = await kms.createKey({ KeySpec, KeyUsage, Origin: 'EXTERNAL' });
  assert.deepEqual([key.KeyState, key.CurrentKeyMaterialId], ['PendingImport', undefined]);
  return key.KeyId;
}

const pairs: readonly [KeySpec, () => { privateKey: KeyObject; publicKey: KeyObject }][] = [
  ['RSA_2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ECC_NIST_P256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ECC_NIST_P384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ECC_NIST_P521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ['ECC_SECG_P256K1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
  ['ECC_NIST_EDWARDS25519', () => generateKeyPairSync('ed25519')],
];

describe('imported key pairs', () => {
  for (const [KeySpec, generate] of pairs) {
    test(`${KeySpec} signs, also after the store was opened again, deleted and imported again`, async () => {
      const store = newStore();
      const kms = await openKms({ store });
      const KeyId = await newExternal(kms, KeySpec, 'SIGN_VERIFY');
      const { privateKey, publicKey } = generate();
      await importInto(kms, KeyId, pkcs8Of(privateKey));
      const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
      assert.deepEqual((await kms.getPublicKey({ KeyId })).PublicKey, spki);
      await kms.deleteImportedKeyMaterial({ KeyId });
      await assertFails(kms.getPublicKey({ KeyId }), 'KMSInvalidStateException');
      await assertFails(importInto(kms, KeyId, pkcs8Of(generate().privateKey)), 'IncorrectKeyMaterialException');
      await importInto(kms, KeyId, pkcs8Of(privateKey));
      const again = await openKms({ store });
      const { KeyMetadata } = await again.describeKey({ KeyId });
      const SigningAlgorithm = KeyMetadata.SigningAlgorithms?.find((name) =>
        /PKCS1_V1_5_SHA_256|ECDSA|ED25519_SHA/.test(name),
      );
      const { Signature } = await again.sign({ KeyId, Message: message, SigningAlgorithm });
      const hash = KeySpec.includes('25519') ? null : `sha${SigningAlgorithm?.slice(-3)}`;
      assert.isTrue(verify(hash, message, publicKey, Signature));
    });
  }

  test('decrypt, and agree', async () => {
    const kms = await newKms();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const decrypting = await newExternal(kms, 'RSA_2048', 'ENCRYPT_DECRYPT');
    await importInto(kms, decrypting, pkcs8Of(rsa.privateKey));
    const CiphertextBlob = publicEncrypt({ key: rsa.publicKey, oaepHash: 'sha256' }, message);
    const { Plaintext } = await kms.decrypt({
      KeyId: decrypting,
      CiphertextBlob,
      EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    });
    assert.deepEqual(Plaintext, message);

    const [ours, theirs] = [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ];
    const agreeing = await newExternal(kms, 'ECC_NIST_P256', 'KEY_AGREEMENT');
    await importInto(kms, agreeing, pkcs8Of(ours.privateKey));
    const { SharedSecret } = await kms.deriveSharedSecret({
      KeyId: agreeing,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: theirs.publicKey.export({ format: 'der', type: 'spki' }),
    });
    assert.deepEqual(
      Buffer.from(SharedSecret as Uint8Array),
      diffieHellman({ privateKey: theirs.privateKey, publicKey: ours.publicKey }),
    );
  });

  test('of another kind, cut off, or changed are InvalidCiphertextException', async () => {
    const kms = await newKms();
    const p256 = pkcs8Of(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const rsa = pkcs8Of(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    const large = pkcs8Of(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey);
    const broken = new Uint8Array(rsa);
    broken[100] = (broken[100] as number) ^ 1;
    const rsaKey = await newExternal(kms, 'RSA_2048', 'SIGN_VERIFY');
    for (const material of [p256, large, rsa.slice(0, -1), broken, random(32)])
      await assertFails(importInto(kms, rsaKey, material), 'InvalidCiphertextException');
    const curveKey = await newExternal(kms, 'ECC_NIST_P256', 'SIGN_VERIFY');
    const other = pkcs8Of(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
    for (const material of [rsa, other, p256.slice(0, 40), random(32)])
      await assertFails(importInto(kms, curveKey, material), 'InvalidCiphertextException');
  });

  test('of RSA, and of P-521 and Ed25519 under a short key, need an AES key in between', async () => {
    const kms = await newKms();
    const rsaKey = await newExternal(kms, 'RSA_2048', 'SIGN_VERIFY');
    const curveKey = await newExternal(kms, 'ECC_NIST_P521', 'SIGN_VERIFY');
    const edwards = await newExternal(kms, 'ECC_NIST_EDWARDS25519', 'SIGN_VERIFY');
    for (const [KeyId, spec] of [
      [rsaKey, 'RSA_2048'],
      [curveKey, 'ECC_NIST_P521'],
      [edwards, 'ECC_NIST_EDWARDS25519'],
    ]) {
      await assertFails(
        kms.getParametersForImport({ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
        'ValidationException',
        `Wrapping algorithm RSAES_OAEP_SHA_256 and wrapping key spec RSA_2048 cannot be used to import a ${spec} key.`,
      );
    }
  });

  test('of ML-DSA and ML-KEM cannot be imported', async () => {
    const kms = await newKms();
    await assertFails(
      kms.createKey({ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' }),
      'ValidationException',
      'KeySpec ML_DSA_44 is not supported for Origin EXTERNAL',
    );
  });
});

describe('imported MAC keys', () => {
  for (const bits of [224, 256, 384, 512] as const) {
    test(`HMAC_${bits} make the MACs of node:crypto`, async () => {
      const kms = await newKms();
      const KeyId = await newExternal(kms, `HMAC_${bits}`, 'GENERATE_VERIFY_MAC');
      const material = random(bits / 8);
      await assertFails(importInto(kms, KeyId, random(bits / 8 - 1)), 'InvalidCiphertextException');
      await importInto(kms, KeyId, material);
      const { Mac } = await kms.generateMac({ KeyId, Message: message, MacAlgorithm: `HMAC_SHA_${bits}` });
      assert.deepEqual(Buffer.from(Mac), createHmac(`sha${bits}`, material).update(message).digest());
    });
  }
});
