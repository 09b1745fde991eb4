// What AWS KMS answers to management operations that a key cannot do, as recorded from it: names and texts to the letter.
import { beforeAll, describe, test } from 'vitest';
import { error, openWire } from '../support/wire.ts';

let wire: Awaited<ReturnType<typeof openWire>>;
/** ARNs of keys that the tests share. */
const keys: Record<string, string> = {};
beforeAll(async () => {
  wire = await openWire();
  keys['symmetric'] = await wire.newKey();
  keys['sign'] = await wire.newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
  keys['mac'] = await wire.newKey({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });
});

describe('grants', () => {
  const GranteePrincipal = 'arn:aws:iam::000000000000:role/app';
  for (const [kind, Operations, unsupported, told] of [
    ['symmetric', ['Sign'], 'Sign', 'a symmetric KMS key with key usage ENCRYPT_DECRYPT'],
    ['mac', ['Encrypt'], 'Encrypt', 'a symmetric KMS key with key usage GENERATE_VERIFY_MAC'],
    ['sign', ['Encrypt', 'Sign', 'Decrypt'], 'Encrypt, Decrypt', 'an asymmetric KMS key with key usage SIGN_VERIFY'],
  ] as const)
    test(`name what a ${kind} key can do`, async () => {
      const own = {
        symmetric:
          'Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext',
        mac: 'GenerateMac, VerifyMac',
        sign: 'GetPublicKey, Sign, Verify',
      };
      const text = `Operations [${unsupported}] are not supported when creating a grant for ${told}. Valid operations are [CreateGrant, RetireGrant, DescribeKey, ${own[kind]}]`;
      const call = { KeyId: keys[kind], GranteePrincipal, Operations };
      await wire.fails('CreateGrant', call, error('ValidationException', text));
    });

  test('of other keys than symmetric ones have no constraints on the encryption context', async () => {
    const text = 'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.';
    const call = { KeyId: keys['mac'], GranteePrincipal, Operations: ['GenerateMac'] };
    for (const Constraints of [{ EncryptionContextEquals: { a: 'b' } }, { EncryptionContextSubset: { a: 'b' } }])
      await wire.fails('CreateGrant', { ...call, Constraints }, error('ValidationException', text));
  });
});
