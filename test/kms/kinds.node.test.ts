// node:crypto as the second opinion on what every kind of key makes, and the larger RSA keys, which take long to make.
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign as signWith,
  verify as verifyWith,
} from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { DataKeyPairSpec, KeySpec, Kms, SigningAlgorithm } from '../../src/index.ts';
import { random } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { messagesFor, ofUsage } from '../support/kinds.ts';
import { newKey, newKms } from '../support/kms.ts';

const publicKeyOf = async (kms: Kms, KeyId: string): Promise<KeyObject> =>
  createPublicKey({ key: Buffer.from((await kms.getPublicKey({ KeyId })).PublicKey), format: 'der', type: 'spki' });

const optionsOf = (algorithm: SigningAlgorithm) => {
  if (algorithm.startsWith('RSASSA_PSS'))
    return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(algorithm.slice(-3)) / 8 };
  return algorithm.startsWith('RSASSA_') ? { padding: constants.RSA_PKCS1_PADDING } : { dsaEncoding: 'der' as const };
};
const hashOf = (algorithm: SigningAlgorithm): string | null =>
  /^(ED25519|ML_DSA)/.test(algorithm) ? null : `sha${algorithm.slice(-3)}`;

describe('signatures', () => {
  const larger: KeySpec[] = ['RSA_3072', 'RSA_4096'];
  const specs = [...ofUsage('SIGN_VERIFY').map(({ KeySpec }) => KeySpec), ...larger];
  for (const KeySpec of specs) {
    test(`${KeySpec}: node:crypto verifies what is signed, and its signatures verify`, {
      timeout: 60_000,
    }, async () => {
      const kms = await newKms();
      const { KeyMetadata: key } = await kms.createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const publicKey = await publicKeyOf(kms, key.KeyId);
      const raw = new Uint8Array(100).fill(7);
      for (const SigningAlgorithm of key.SigningAlgorithms ?? []) {
        for (const signed of await messagesFor(SigningAlgorithm)) {
          // Node has neither Ed25519ph nor message representatives.
          if (SigningAlgorithm === 'ED25519_PH_SHA_512' || signed.MessageType === 'EXTERNAL_MU') continue;
          const { Signature } = await kms.sign({ KeyId: key.KeyId, SigningAlgorithm, ...signed });
          const options = { key: publicKey, ...optionsOf(SigningAlgorithm) };
          assert.isTrue(
            verifyWith(hashOf(SigningAlgorithm), raw, options, Signature),
            `${SigningAlgorithm} ${signed.MessageType}`,
          );
        }
      }
    });
  }

  test('ED25519_PH_SHA_512 is Ed25519ph over the digest (RFC 8032, section 5.1)', async () => {
    // Node signs Ed25519 only: the prefix of dom2 makes it no message of its own, so both halves are computed here.
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
    const SigningAlgorithm = 'ED25519_PH_SHA_512';
    const Message = new Uint8Array(createHash('sha512').update('abc').digest());
    const call = { KeyId, SigningAlgorithm, MessageType: 'DIGEST', Message } as const;
    const { Signature } = await kms.sign(call);
    const publicKey = await publicKeyOf(kms, KeyId);
    // It is not the pure signature of the digest, nor of the digest's digest.
    assert.isFalse(verifyWith(null, Message, publicKey, Signature));
    assert.isFalse(verifyWith(null, createHash('sha512').update(Message).digest(), publicKey, Signature));
    await kms.verify({ ...call, Signature });
  });

  test('the signatures of node:crypto verify, and those with another salt length do not', async () => {
    // Data key pairs give a private half that node can sign with; a key's own never leaves.
    const { verify } = await import('../../src/keys/signatures.ts');
    const message = random(50);
    for (const [spec, algorithms] of [
      ['RSA_2048', ['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_512', 'RSASSA_PKCS1_V1_5_SHA_384']],
      ['ECC_NIST_P521', ['ECDSA_SHA_512']],
      ['ECC_SECG_P256K1', ['ECDSA_SHA_256']],
    ] as const) {
      const { generatePair } = await import('../../src/keys/exportable-pair.ts');
      const { pkcs8, spki } = await generatePair(spec);
      const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
      for (const algorithm of algorithms) {
        const hash = hashOf(algorithm) as string;
        const digest = new Uint8Array(createHash(hash).update(message).digest());
        const signature = new Uint8Array(signWith(hash, message, { key, ...optionsOf(algorithm) }));
        assert.isTrue(await verify(spki, spec, { algorithm, type: 'RAW', message }, signature));
        assert.isTrue(await verify(spki, spec, { algorithm, type: 'DIGEST', message: digest }, signature));
        if (!algorithm.includes('PSS')) continue;
        const short = new Uint8Array(signWith(hash, message, { key, ...optionsOf(algorithm), saltLength: 20 }));
        assert.isFalse(await verify(spki, spec, { algorithm, type: 'RAW', message }, short));
        assert.isFalse(await verify(spki, spec, { algorithm, type: 'DIGEST', message: digest }, short));
      }
    }
  });
});

describe('encryption under RSA', () => {
  for (const [KeySpec, sha1, sha256] of [
    ['RSA_2048', 214, 190],
    ['RSA_3072', 342, 318],
    ['RSA_4096', 470, 446],
  ] as const) {
    test(`${KeySpec}: opens what node:crypto sealed, at the largest size`, { timeout: 60_000 }, async () => {
      const kms = await newKms();
      const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' });
      const key = await publicKeyOf(kms, KeyId);
      for (const [EncryptionAlgorithm, oaepHash, most] of [
        ['RSAES_OAEP_SHA_1', 'sha1', sha1],
        ['RSAES_OAEP_SHA_256', 'sha256', sha256],
      ] as const) {
        const Plaintext = random(most);
        const sealed = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, Plaintext);
        const opened = await kms.decrypt({ KeyId, CiphertextBlob: sealed, EncryptionAlgorithm });
        assert.deepEqual(opened.Plaintext, Plaintext);
        await assertFails(
          kms.encrypt({ KeyId, Plaintext: random(most + 1), EncryptionAlgorithm }),
          'ValidationException',
          `Algorithm ${EncryptionAlgorithm} and key spec ${KeySpec} cannot encrypt data larger than ${most} bytes.`,
        );
      }
    });
  }

  test('node:crypto opens what is sealed', async () => {
    const { encryptOaep } = await import('../../src/keys/oaep.ts');
    const { publicKey, privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    const plaintext = random(100);
    for (const [algorithm, oaepHash] of [
      ['RSAES_OAEP_SHA_1', 'sha1'],
      ['RSAES_OAEP_SHA_256', 'sha256'],
    ] as const) {
      const sealed = await encryptOaep(spki, algorithm, plaintext);
      const opened = privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, sealed);
      assert.deepEqual(new Uint8Array(opened), plaintext);
    }
  });
});

describe('agreement and encapsulation', () => {
  test('node:crypto agrees on the same secret, also by a compressed point', async () => {
    const kms = await newKms();
    for (const kind of ofUsage('KEY_AGREEMENT')) {
      const KeyId = await newKey(kms, kind);
      const namedCurve = `P-${kind.KeySpec.slice(-3)}`;
      const mine = await publicKeyOf(kms, KeyId);
      for (let i = 0; i < 5; i++) {
        const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
        const PublicKey = publicKey.export({ format: 'der', type: 'spki' });
        const call = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
        const { SharedSecret } = await kms.deriveSharedSecret(call);
        assert.deepEqual(SharedSecret, new Uint8Array(diffieHellman({ privateKey, publicKey: mine })));
      }
    }
  });

  test('MACs are those of node:crypto: data that is fixed, under a key that is known', async () => {
    const { createHmac } = await import('node:crypto');
    const { computeMac } = await import('../../src/keys/macs.ts');
    const { Secret } = await import('../../src/keys/secret.ts');
    for (const bits of [224, 256, 384, 512]) {
      const key = random(bits / 8);
      const message = random(1000);
      const secret = new Secret([], async () => key.slice());
      const mac = await computeMac(secret, `HMAC_${bits}` as 'HMAC_256', message);
      assert.deepEqual(mac, new Uint8Array(createHmac(`sha${bits}`, key).update(message).digest()));
    }
  });
});

describe('data key pairs', () => {
  const specs: DataKeyPairSpec[] = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'ECC_NIST_P256', 'ECC_NIST_P384'];
  const others: DataKeyPairSpec[] = ['ECC_NIST_P521', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'];
  const kems: DataKeyPairSpec[] = ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'];
  test('are PKCS#8 and SubjectPublicKeyInfo of one pair', { timeout: 60_000 }, async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    for (const KeyPairSpec of [...specs, ...others, ...kems]) {
      const pair = await kms.generateDataKeyPair({ KeyId, KeyPairSpec });
      const key = createPrivateKey({ key: Buffer.from(pair.PrivateKeyPlaintext), format: 'der', type: 'pkcs8' });
      const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
      assert.deepEqual(pair.PublicKey, new Uint8Array(spki), KeyPairSpec);
      if (KeyPairSpec.startsWith('RSA'))
        assert.equal(key.asymmetricKeyDetails?.modulusLength, Number(KeyPairSpec.slice(4)));
    }
  });
});
