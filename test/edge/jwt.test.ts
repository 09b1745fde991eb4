// Tokens that KMS keys sign, verified by the library that most people verify them with.
import { assert } from 'chai';
import { importSPKI, jwtVerify } from 'jose';
import { describe, test } from 'vitest';
import { type JwtAlgorithm, signJwt } from '../../src/edge/index.ts';
import { type KeySpec, memoryStore, openKms } from '../../src/index.ts';
import { assertFails } from '../support/errors.ts';

const kms = await openKms({ store: memoryStore() });
const cases: readonly (readonly [KeySpec, JwtAlgorithm])[] = [
  ['ECC_NIST_P256', 'ES256'],
  ['ECC_NIST_P384', 'ES384'],
  ['ECC_NIST_P521', 'ES512'],
  ['ECC_NIST_EDWARDS25519', 'EdDSA'],
  ['RSA_2048', 'RS256'],
  ['RSA_2048', 'PS384'],
];
const newKey = async (KeySpec: KeySpec): Promise<string> =>
  (await kms.createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })).KeyMetadata.KeyId;

async function publicKey(KeyId: string, alg: string) {
  const { PublicKey } = await kms.getPublicKey({ KeyId });
  const base64 = btoa(Array.from(PublicKey, (byte) => String.fromCharCode(byte)).join(''));
  return importSPKI(`-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`, alg);
}

describe('signJwt', () => {
  for (const [spec, alg] of cases)
    test(`makes ${alg} tokens that jose verifies`, async () => {
      const KeyId = await newKey(spec);
      const exp = Math.floor(Date.now() / 1000) + 60;
      // Many, because one in 256 signatures of ECDSA has a shorter number in it.
      for (let i = 0; i < (alg === 'ES256' ? 64 : 1); i++) {
        const token = await signJwt(kms, { KeyId, alg, kid: 'k1' }, { sub: 'Zoë', exp, i });
        const { payload, protectedHeader } = await jwtVerify(token, await publicKey(KeyId, alg), { algorithms: [alg] });
        assert.deepEqual(payload, { sub: 'Zoë', exp, i });
        assert.deepEqual(protectedHeader, { alg, typ: 'JWT', kid: 'k1' });
      }
    });

  test('another key, and a changed token, do not verify', async () => {
    const [KeyId, other] = await Promise.all([newKey('ECC_NIST_P256'), newKey('ECC_NIST_P256')]);
    const token = await signJwt(kms, { KeyId, alg: 'ES256' }, { sub: 'a' });
    const [header, , signature] = token.split('.');
    const forged = `${header}.${btoa('{"sub":"b"}').replace(/=+$/, '')}.${signature}`;
    for (const [text, key] of [
      [token, other],
      [forged, KeyId],
    ] as const) {
      const error = await jwtVerify(text, await publicKey(key, 'ES256')).catch((found: Error) => found);
      assert.propertyVal(error, 'name', 'JWSSignatureVerificationFailed');
    }
  });

  test('refuses what it cannot sign, and says why', async () => {
    const KeyId = await newKey('ECC_NIST_P256');
    await assertFails(
      signJwt(kms, { KeyId, alg: 'none' as 'ES256' }, {}),
      'ValidationException',
      /^alg must be one of/,
    );
    const cycle: Record<string, unknown> = {};
    cycle['cycle'] = cycle;
    for (const claims of [[], new Date(), { toJSON: () => undefined }, { toJSON: () => 'x' }, cycle, { n: 1n }])
      await assertFails(signJwt(kms, { KeyId, alg: 'ES256' }, claims as never), 'ValidationException', /^claims must/);
    // A verifier that takes what it cannot read for absent would take such a token for ever.
    for (const name of ['exp', 'nbf', 'iat'])
      for (const value of [new Date(), Number.NaN, Number.POSITIVE_INFINITY, '2000000000', null])
        await assertFails(
          signJwt(kms, { KeyId, alg: 'ES256' }, { [name]: value }),
          'ValidationException',
          `claims: ${name} must be a number: seconds since 1970.`,
        );
    await signJwt(kms, { KeyId, alg: 'ES256' }, { exp: undefined, iat: 1.5, other: null });
    await assertFails(signJwt(kms, { KeyId, alg: 'ES256', kid: 7 as never }, {}), 'ValidationException', /^kid must/);
    await assertFails(signJwt(kms, { KeyId, alg: 'ES256' }, { x: 'y'.repeat(4096) }), 'ValidationException', /4096/);
    await assertFails(signJwt(kms, { KeyId, alg: 'RS256' }, {}), 'InvalidKeyUsageException');
  });
});
