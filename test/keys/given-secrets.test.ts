// Secrets that come as bytes: their public half, and that they are kept as those that are made here; Ed25519ph's vector.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { encodeSeed } from '../../src/formats/key-der.ts';
import { deviceCustody } from '../../src/keys/custody.ts';
import { signEdwards, signInSoftware, verifyEdwards, verifyInSoftware } from '../../src/keys/edwards.ts';
import { generatePair } from '../../src/keys/exportable-pair.ts';
import { publicKeyOfPrivate } from '../../src/keys/public-key.ts';
import { Secret } from '../../src/keys/secret.ts';
import { keepSecret, recoverSecret, type SecretKind } from '../../src/keys/secrets.ts';
import { wrappedCustody } from '../../src/keys/wrapped-custody.ts';
import { fromHex, random, toHex, utf8 } from '../support/bytes.ts';
import { kinds } from '../support/kinds.ts';

const keyId = '12345678-1234-4234-8234-123456789abc';

describe('secrets that come as bytes', () => {
  for (const { KeySpec, KeyUsage: usage } of kinds) {
    test(`${KeySpec} for ${usage}`, { timeout: 60_000 }, async () => {
      const spec = KeySpec as SecretKind['spec'];
      const isMac = spec.startsWith('HMAC');
      const pair = isMac ? undefined : await generatePair(spec as Exclude<SecretKind['spec'], `HMAC_${string}`>);
      const bytes = pair?.pkcs8 ?? random(Number(spec.slice(5)) / 8);
      const spki = pair && (await publicKeyOfPrivate(spec as 'RSA_2048', bytes));
      assert.deepEqual(spki, pair?.spki);
      const root = (await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
        'encrypt',
        'decrypt',
      ])) as CryptoKey;
      const ids = new Set<string>();
      for (const custody of [deviceCustody, wrappedCustody(root)]) {
        const kept = await keepSecret(custody, { spec, usage }, keyId, bytes, spki);
        ids.add(kept.id);
        await recoverSecret(custody, { spec, usage }, keyId, kept);
      }
      // One secret has one id, however it is kept.
      assert.equal(ids.size, 1);
    });
  }

  test('a MAC key of another length is refused', async () => {
    const kind = { spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' } as const;
    const refused = await keepSecret(deviceCustody, kind, keyId, random(31), undefined).catch((error) => error);
    assert.instanceOf(refused, RangeError);
  });
});

test('Ed25519ph: the vector of RFC 8032, section 7.3', async () => {
  const seed = fromHex('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42');
  const expected =
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41' +
    '31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406';
  const pkcs8 = encodeSeed('ECC_NIST_EDWARDS25519', seed);
  const secret = new Secret([], async () => pkcs8.slice());
  const signature = await signEdwards(secret, 'ED25519_PH_SHA_512', utf8('abc'));
  assert.equal(toHex(signature), expected);
  const spki = await publicKeyOfPrivate('ECC_NIST_EDWARDS25519', pkcs8);
  assert.isTrue(await verifyEdwards(spki, 'ED25519_PH_SHA_512', utf8('abc'), signature));
});

test('Ed25519 in software is what the platform makes: there is one signature', async () => {
  const algorithm = 'ED25519_SHA_512';
  const pkcs8 = encodeSeed('ECC_NIST_EDWARDS25519', random(32));
  const secret = new Secret([], async () => pkcs8.slice());
  const spki = await publicKeyOfPrivate('ECC_NIST_EDWARDS25519', pkcs8);
  for (const message of [random(1), random(4096)]) {
    const signature = await signInSoftware(secret, algorithm, message);
    assert.deepEqual(await signEdwards(secret, algorithm, message), signature);
    assert.isTrue(await verifyEdwards(spki, algorithm, message, signature));
    assert.isTrue(await verifyInSoftware(spki, algorithm, message, signature));
    assert.isFalse(await verifyInSoftware(spki, algorithm, random(2), signature));
  }
});
