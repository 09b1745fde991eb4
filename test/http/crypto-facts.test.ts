// What AWS KMS answers to cryptographic operations that a key cannot do, as recorded from it: names and texts to the letter.
import { beforeAll, describe, test } from 'vitest';
import { error, invalid, openWire } from '../support/wire.ts';

let wire: Awaited<ReturnType<typeof openWire>>;
/** ARNs of keys that the tests share. */
const keys: Record<string, string> = {};
beforeAll(async () => {
  wire = await openWire();
  keys['symmetric'] = await wire.newKey();
  keys['rsa'] = await wire.newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  keys['sign'] = await wire.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  keys['mac'] = await wire.newKey({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });
});

describe('public keys', () => {
  for (const kind of ['symmetric', 'mac'])
    test(`there is none of a ${kind} key, and no text about it`, () =>
      wire.fails('GetPublicKey', { KeyId: keys[kind] }, error('UnsupportedOperationException')));
});

describe('data keys', () => {
  for (const operation of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']) {
    test(`${operation} needs a symmetric key`, async () => {
      const text = 'You cannot generate a data key with an asymmetric CMK';
      await wire.fails(operation, { KeyId: keys['rsa'], KeySpec: 'AES_256' }, error('InvalidKeyUsageException', text));
    });

    test(`${operation} asks for one length before it looks at the key's usage and state`, async () => {
      const KeyId = await wire.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      await wire.ok('DisableKey', { KeyId });
      const text = 'Please specify either number of bytes or key spec.';
      for (const lengths of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }])
        await wire.fails(operation, { KeyId, ...lengths }, error('ValidationException', text));
    });
  }
});

describe('RSA keys', () => {
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';

  test('are named by whoever decrypts with them', async () => {
    const text = 'KeyId must not be null';
    await wire.fails('Decrypt', { CiphertextBlob: 'YQ==', EncryptionAlgorithm }, error('ValidationException', text));
  });

  test('take no encryption context', async () => {
    const EncryptionContext = { a: 'b' };
    const expected = error(
      'ValidationException',
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    );
    const call = { KeyId: keys['rsa'], EncryptionAlgorithm, EncryptionContext };
    await wire.fails('Encrypt', { ...call, Plaintext: 'YQ==' }, expected);
    await wire.fails('Decrypt', { ...call, CiphertextBlob: 'YQ==' }, expected);
  });

  test('have no ciphertext of the default algorithm', async () => {
    const KeyId = keys['rsa'];
    const { CiphertextBlob } = await wire.ok('Encrypt', { KeyId, Plaintext: 'YQ==', EncryptionAlgorithm });
    await wire.fails('Decrypt', { KeyId, CiphertextBlob }, error('InvalidCiphertextException'));
    const move = { SourceKeyId: KeyId, CiphertextBlob, DestinationKeyId: keys['symmetric'] };
    await wire.fails('ReEncrypt', move, error('InvalidCiphertextException'));
  });
});

describe('sensitive members', () => {
  const SigningAlgorithm = 'RSASSA_PSS_SHA_256';
  const MacAlgorithm = 'HMAC_SHA_224';
  for (const [operation, input, member] of [
    ['Encrypt', {}, 'plaintext'],
    ['Sign', { SigningAlgorithm }, 'message'],
    ['GenerateMac', { MacAlgorithm }, 'message'],
  ] as const)
    test(`${operation} does not tell the value of one that is missing`, () =>
      wire.fails(operation, { KeyId: keys['sign'], ...input }, invalid(`Value at '${member}'`, 'not be null')));

  test('others that are missing are null', async () => {
    const verify = { KeyId: keys['sign'], Message: 'YQ==', SigningAlgorithm };
    await wire.fails('Verify', verify, invalid("Value null at 'signature'", 'not be null'));
    await wire.fails('DescribeKey', {}, invalid("Value null at 'keyId'", 'not be null'));
  });
});
