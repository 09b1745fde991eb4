// What AWS KMS answers about algorithms: in which order it names them, and what it says of one that a key does not have.
import { assert } from 'chai';
import { beforeAll, describe, test } from 'vitest';
import { error, invalid, openWire } from '../support/wire.ts';

let wire: Awaited<ReturnType<typeof openWire>>;
beforeAll(async () => {
  wire = await openWire();
});

const unknown = '12345678-1234-4234-8234-123456789abc';
const b64 = (length: number) => btoa('a'.repeat(length));

describe('lists of names', () => {
  const lists: readonly (readonly [operation: string, input: object, member: string, names: string])[] = [
    [
      'GenerateMac',
      { KeyId: unknown, Message: b64(1), MacAlgorithm: 'FOO' },
      'macAlgorithm',
      'HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512',
    ],
    [
      'Encrypt',
      { KeyId: unknown, Plaintext: b64(1), EncryptionAlgorithm: 'FOO' },
      'encryptionAlgorithm',
      'RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE, SYMMETRIC_DEFAULT',
    ],
    [
      'Sign',
      { KeyId: unknown, Message: b64(1), SigningAlgorithm: 'FOO' },
      'signingAlgorithm',
      'RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512, RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384, RSASSA_PKCS1_V1_5_SHA_512, ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, ED25519_SHA_512, ED25519_PH_SHA_512, SM2DSA, ML_DSA_SHAKE_256',
    ],
    [
      'Sign',
      { KeyId: unknown, Message: b64(1), SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'FOO' },
      'messageType',
      'RAW, DIGEST, EXTERNAL_MU',
    ],
  ];
  for (const [operation, input, member, names] of lists)
    test(`${operation} names what ${member} can be in the order of AWS`, () =>
      wire.fails(operation, input, invalid(`Value 'FOO' at '${member}'`, `satisfy enum value set: [${names}]`)));

  test('of the algorithms of a key are by the alphabet', async () => {
    const algorithms = async (KeySpec: string) =>
      (
        (await wire.ok('CreateKey', { KeySpec, KeyUsage: 'SIGN_VERIFY' }))['KeyMetadata'] as {
          SigningAlgorithms: string[];
        }
      ).SigningAlgorithms;
    assert.deepEqual(await algorithms('RSA_2048'), [
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ]);
    assert.deepEqual(await algorithms('ECC_NIST_EDWARDS25519'), ['ED25519_PH_SHA_512', 'ED25519_SHA_512']);
  });
});

describe('types of messages', () => {
  const refused: readonly (readonly [spec: string, algorithm: string, type: string, length: number, text: string])[] = [
    [
      'ECC_NIST_P256',
      'ECDSA_SHA_256',
      'EXTERNAL_MU',
      64,
      'Message type EXTERNAL_MU is incompatible with key spec ECC_NIST_P256.',
    ],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'DIGEST', 64, 'Message type DIGEST is incompatible with key spec ML_DSA_44.'],
    [
      'ML_DSA_44',
      'ML_DSA_SHAKE_256',
      'EXTERNAL_MU',
      63,
      'External Mu is invalid length for algorithm ML_DSA_SHAKE_256.',
    ],
    [
      'ECC_NIST_EDWARDS25519',
      'ED25519_SHA_512',
      'DIGEST',
      64,
      'Message type DIGEST is incompatible with algorithm ED25519_SHA_512.',
    ],
    [
      'ECC_NIST_EDWARDS25519',
      'ED25519_PH_SHA_512',
      'RAW',
      64,
      'Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.',
    ],
    [
      'ECC_NIST_EDWARDS25519',
      'ED25519_PH_SHA_512',
      'DIGEST',
      20,
      'Digest is invalid length for algorithm ED25519_PH_SHA_512.',
    ],
  ];
  for (const [KeySpec, SigningAlgorithm, MessageType, length, text] of refused)
    test(`${SigningAlgorithm} with ${MessageType} of ${length} bytes`, async () => {
      const KeyId = await wire.newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const message = { KeyId, Message: b64(length), MessageType, SigningAlgorithm };
      await wire.fails('Sign', message, error('ValidationException', text));
      await wire.fails('Verify', { ...message, Signature: b64(64) }, error('ValidationException', text));
    });
});
