// Every kind of key: what is said of it, that it lives as long as its keyring, and how its secret lies in the store.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { assertFails } from '../support/errors.ts';
import { kinds, useKey } from '../support/kinds.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';

const rsaSigning = ['PKCS1_V1_5', 'PSS'].flatMap((padding) =>
  [256, 384, 512].map((bits) => `RSASSA_${padding}_SHA_${bits}`),
);
/** The one list of algorithms that DescribeKey gives. */
const lists: Record<string, [name: string, algorithms: string[]]> = {
  'HMAC_224 GENERATE_VERIFY_MAC': ['MacAlgorithms', ['HMAC_SHA_224']],
  'HMAC_256 GENERATE_VERIFY_MAC': ['MacAlgorithms', ['HMAC_SHA_256']],
  'HMAC_384 GENERATE_VERIFY_MAC': ['MacAlgorithms', ['HMAC_SHA_384']],
  'HMAC_512 GENERATE_VERIFY_MAC': ['MacAlgorithms', ['HMAC_SHA_512']],
  'RSA_2048 ENCRYPT_DECRYPT': ['EncryptionAlgorithms', ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']],
  'RSA_2048 SIGN_VERIFY': ['SigningAlgorithms', rsaSigning],
  'ECC_NIST_P256 SIGN_VERIFY': ['SigningAlgorithms', ['ECDSA_SHA_256']],
  'ECC_NIST_P384 SIGN_VERIFY': ['SigningAlgorithms', ['ECDSA_SHA_384']],
  'ECC_NIST_P521 SIGN_VERIFY': ['SigningAlgorithms', ['ECDSA_SHA_512']],
  'ECC_SECG_P256K1 SIGN_VERIFY': ['SigningAlgorithms', ['ECDSA_SHA_256']],
  'ECC_NIST_EDWARDS25519 SIGN_VERIFY': ['SigningAlgorithms', ['ED25519_PH_SHA_512', 'ED25519_SHA_512']],
};
const listOf = (spec: string, usage: string): [string, string[]] =>
  lists[`${spec} ${usage}`] ??
  (usage === 'KEY_AGREEMENT'
    ? ['KeyAgreementAlgorithms', ['ECDH']]
    : spec.startsWith('ML_DSA_')
      ? ['SigningAlgorithms', ['ML_DSA_SHAKE_256']]
      : ['EncapsulationAlgorithms', ['ML_KEM']]);

const newRoot = () =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']) as Promise<CryptoKey>;

describe('kinds of keys', () => {
  for (const { KeySpec, KeyUsage } of kinds) {
    const name = `${KeySpec} for ${KeyUsage}`;

    test(`${name}: metadata has exactly one list of algorithms`, { timeout: 60_000 }, async () => {
      const kms = await newKms();
      const { KeyMetadata: key } = await kms.createKey({ KeySpec, KeyUsage });
      const [list, algorithms] = listOf(KeySpec, KeyUsage);
      const { KeyId: _, Arn: __, CreationDate: ___, ...rest } = key;
      assert.deepEqual<unknown>(rest, {
        AWSAccountId: '000000000000',
        Enabled: true,
        Description: '',
        KeyUsage,
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        CustomerMasterKeySpec: KeySpec,
        KeySpec,
        [list]: algorithms,
        MultiRegion: false,
      });
      const reply = kms.getPublicKey({ KeyId: key.KeyId });
      if (KeyUsage === 'GENERATE_VERIFY_MAC') return assertFails(reply, 'UnsupportedOperationException');
      const { PublicKey, $metadata: _m, ...said } = await reply;
      assert.equal(PublicKey[0], 0x30);
      assert.deepEqual<unknown>(said, {
        KeyId: key.Arn,
        CustomerMasterKeySpec: KeySpec,
        KeySpec,
        KeyUsage,
        [list]: algorithms,
      });
    });

    test(`${name}: works, also after the keyring was opened again`, { timeout: 60_000 }, async () => {
      for (const root of [undefined, await newRoot()]) {
        const store = newStore();
        const first = await openKms({ store, root });
        const KeyId = await newKey(first, { KeySpec, KeyUsage, MultiRegion: root !== undefined });
        await useKey(first, KeyId);
        first.destroy();
        const again = await openKms({ store, root });
        await useKey(again, KeyId);
      }
    });

    test(`${name}: no secret is extractable, or lies in the store as bytes`, { timeout: 60_000 }, async () => {
      const store = newStore();
      const KeyId = await newKey(await openKms({ store }), { KeySpec, KeyUsage });
      const [row] = (await store.list('materials', { limit: 10 })).filter(({ id }) => id.includes(KeyId));
      assert.isFalse(row?.key?.extractable);
      assert.isUndefined(row?.twin?.extractable || undefined);
      const isHeld = row?.value.length === 0;
      const isPlatforms =
        KeyUsage === 'KEY_AGREEMENT' || KeyUsage === 'ENCRYPT_DECRYPT' || /HMAC_(256|384|512)/.test(KeySpec);
      // A platform whose OAEP is broken (WebKitGTK) is not trusted with RSA keys.
      if (KeyUsage !== 'ENCRYPT_DECRYPT') assert.equal(isHeld, isPlatforms);
      const usage = { KEY_AGREEMENT: 'deriveBits', ENCRYPT_DECRYPT: 'decrypt' }[KeyUsage as string] ?? 'sign';
      assert.sameMembers(row?.key?.usages as string[], isHeld ? [usage] : ['encrypt', 'decrypt']);
      const wrapped = newStore();
      const wrappedId = await newKey(await openKms({ store: wrapped, root: await newRoot() }), { KeySpec, KeyUsage });
      const [bytes] = (await wrapped.list('materials', { limit: 10 })).filter(({ id }) => id.includes(wrappedId));
      assert.isUndefined(bytes?.key);
      assert.isUndefined(bytes?.twin);
      assert.isAbove(bytes?.value.length as number, 28);
    });
  }

  test('the secret of another key of the same kind is found out', { timeout: 60_000 }, async () => {
    for (const kind of kinds.filter(({ KeySpec }) => /256|2048|224|EDW|_44|_512/.test(KeySpec))) {
      const store = newStore();
      const kms = await openKms({ store });
      const [a, b] = [await newKey(kms, kind), await newKey(kms, kind)];
      const rows = await store.list('materials', { limit: 10 });
      const rowOf = (id: string) => rows.find((row) => row.id.includes(id));
      const { value = new Uint8Array(), key, twin } = rowOf(b) ?? {};
      await store.commit([], [{ table: 'materials', id: rowOf(a)?.id as string, value, key, twin }], 'strict');
      const again = await openKms({ store });
      await assertFails(useSecret(again, a), 'KeyUndecryptable', /exchanged/);
      await useKey(again, b);
    }
  });

  test('operations of another usage say so, in the words of AWS', async () => {
    const kms = await newKms();
    const { KeyMetadata: mac } = await kms.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const { KeyMetadata: symmetric } = await kms.createKey();
    const bytes = new Uint8Array(1);
    const calls: [operation: string, call: (KeyId: string) => Promise<unknown>, arn: string][] = [
      ['Encrypt', (KeyId) => kms.encrypt({ KeyId, Plaintext: bytes }), mac.Arn],
      ['GenerateDataKey', (KeyId) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }), mac.Arn],
      [
        'GenerateDataKeyWithoutPlaintext',
        (KeyId) => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' }),
        mac.Arn,
      ],
      ['GenerateDataKeyPair', (KeyId) => kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }), mac.Arn],
      [
        'GenerateDataKeyPairWithoutPlaintext',
        (KeyId) => kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
        mac.Arn,
      ],
      ['Sign', (KeyId) => kms.sign({ KeyId, Message: bytes, SigningAlgorithm: 'ECDSA_SHA_256' }), mac.Arn],
      [
        'Verify',
        (KeyId) => kms.verify({ KeyId, Message: bytes, Signature: bytes, SigningAlgorithm: 'ECDSA_SHA_256' }),
        mac.Arn,
      ],
      [
        'GenerateMac',
        (KeyId) => kms.generateMac({ KeyId, Message: bytes, MacAlgorithm: 'HMAC_SHA_256' }),
        symmetric.Arn,
      ],
      [
        'VerifyMac',
        (KeyId) => kms.verifyMac({ KeyId, Message: bytes, Mac: bytes, MacAlgorithm: 'HMAC_SHA_256' }),
        symmetric.Arn,
      ],
      [
        'DeriveSharedSecret',
        (KeyId) => kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: bytes }),
        mac.Arn,
      ],
      ['Encapsulate', (KeyId) => kms.encapsulate({ KeyId, EncapsulationAlgorithm: 'ML_KEM' }), mac.Arn],
      [
        'Decapsulate',
        (KeyId) =>
          kms.decapsulate({ KeyId, EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: new Uint8Array(768) }),
        mac.Arn,
      ],
    ];
    for (const [operation, call, arn] of calls) {
      const usage = arn === mac.Arn ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT';
      const text = `${arn} key usage is ${usage} which is not valid for ${operation}.`;
      await assertFails(call(arn), 'InvalidKeyUsageException', text);
    }
  });

  /** Uses the secret half, of any kind. */
  async function useSecret(kms: Awaited<ReturnType<typeof newKms>>, KeyId: string): Promise<void> {
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    // The public half still is the key's own, so an RSA or ML-KEM ciphertext is one of the key.
    if (key.EncryptionAlgorithms) {
      const EncryptionAlgorithm = 'RSAES_OAEP_SHA_1';
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: new Uint8Array(1), EncryptionAlgorithm });
      await kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm });
    } else await useKey(kms, KeyId);
  }
});
