// All of Wycheproof's files on signatures, MACs, OAEP and key agreement. Where a signature is checked by the platform for a
// message and in software for its digest, both must give the file's answer.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { DerReader, encodeDer, encodeUnsigned, tag } from '../../src/formats/der.ts';
import { signatureToDer } from '../../src/formats/ecdsa-signature.ts';
import { decodePkcs8, encodeScalar, encodeSeed, encodeSpki } from '../../src/formats/key-der.ts';
import type { SigningAlgorithm } from '../../src/index.ts';
import { deriveSecret, readPeer } from '../../src/keys/agreement.ts';
import { curveOf } from '../../src/keys/curves.ts';
import { digest } from '../../src/keys/digest.ts';
import { computeMac } from '../../src/keys/macs.ts';
import { decryptOaep } from '../../src/keys/oaep.ts';
import { openOaep } from '../../src/keys/oaep-software.ts';
import { Secret } from '../../src/keys/secret.ts';
import { sign, verify } from '../../src/keys/signatures.ts';
import type { MacSpec, PairSpec } from '../../src/model/key-spec.ts';
import { type Bytes, fromHex, toHex } from '../support/bytes.ts';
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';

interface Case {
  tcId: number;
  result: 'valid' | 'invalid' | 'acceptable';
  msg: string;
  sig: string;
  mu?: string;
  ctx?: string;
  key: string;
  tag: string;
  ct: string;
  label: string;
  public: string & { x: string; y: string; crv: string };
  private: string & { d: string; x: string; y: string };
  shared: string;
  flags: string[];
}
interface Group {
  tests: Case[];
  publicKeyDer: string;
  privateKeyPkcs8: string;
  privateSeed: string;
  keySize: number;
  tagSize: number;
  sha: string;
}
type Skip = (reason: string) => never;

async function groupsOf(file: string, skip: Skip): Promise<Group[]> {
  const found = await sharedVectors<{ testGroups: Group[] }>(`wycheproof/${file}_test.json`);
  return (found ?? skip(vectorsAreAbsent)).testGroups;
}

const secretOf = (bytes: Bytes): Secret => new Secret([], async () => bytes.slice());
/** True where the file allows the answer. */
const agrees = (answer: boolean, { result }: Case): boolean =>
  result === 'acceptable' || answer === (result === 'valid');

const signatures: [file: string, spec: PairSpec, algorithm: SigningAlgorithm][] = [
  ['ecdsa_secp256r1_sha256', 'ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ecdsa_secp384r1_sha384', 'ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ecdsa_secp256k1_sha256', 'ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ['ecdsa_secp256r1_sha256_p1363', 'ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ecdsa_secp384r1_sha384_p1363', 'ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ecdsa_secp256k1_sha256_p1363', 'ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ['rsa_pss_2048_sha256_mgf1_32', 'RSA_2048', 'RSASSA_PSS_SHA_256'],
  ['rsa_pss_2048_sha384_mgf1_48', 'RSA_2048', 'RSASSA_PSS_SHA_384'],
  ['rsa_pss_3072_sha256_mgf1_32', 'RSA_3072', 'RSASSA_PSS_SHA_256'],
  ['rsa_signature_2048_sha256', 'RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
  ['rsa_signature_2048_sha512', 'RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512'],
  ['rsa_signature_3072_sha384', 'RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_384'],
  ['ed25519', 'ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ['mldsa_65_verify', 'ML_DSA_65', 'ML_DSA_SHAKE_256'],
];

describe('Wycheproof', () => {
  for (const [file, spec, algorithm] of signatures) {
    test(`${file}: verified by message and by digest`, { timeout: 120_000 }, async ({ skip }) => {
      for (const group of await groupsOf(file, skip)) {
        // Some files hold keys that are not keys: of those nothing verifies, and the platform may refuse the key itself.
        const spki = fromHex(group.publicKeyDer);
        for (const each of group.tests) {
          // A raw signature of another length has no DER form.
          const isOdd = file.endsWith('p1363') && each.sig.length !== (spec === 'ECC_NIST_P384' ? 192 : 128);
          if (isOdd || each.flags.includes('IncorrectPublicKeyLength') || spki.length === 0) continue;
          const sig = fromHex(each.sig);
          const signature = file.endsWith('p1363') ? signatureToDer(sig) : sig;
          const message = fromHex(each.msg);
          // KMS signs with an empty context only: nothing that was signed with another verifies.
          const hasContext = (each.ctx ?? '') !== '';
          const byMessage = await verify(spki, spec, { algorithm, type: 'RAW', message }, signature);
          assert.isTrue(hasContext ? !byMessage : agrees(byMessage, each), `${file} ${each.tcId}: ${byMessage}`);
          if (!/ECDSA|RSA/.test(algorithm)) continue;
          const hashed = await digest(algorithm, message);
          const byDigest = await verify(spki, spec, { algorithm, type: 'DIGEST', message: hashed }, signature);
          assert.isTrue(agrees(byDigest, each), `${file} ${each.tcId}: ${byDigest} by its digest`);
        }
      }
    });
  }

  test('rsa_pkcs1_2048_sig_gen: both ways of signing give the file’s signature', async ({ skip }) => {
    let count = 0;
    for (const group of await groupsOf('rsa_pkcs1_2048_sig_gen', skip)) {
      const algorithm = `RSASSA_PKCS1_V1_5_${group.sha.replace('-', '_')}` as SigningAlgorithm;
      if (!['SHA-256', 'SHA-384', 'SHA-512'].includes(group.sha)) continue;
      const secret = secretOf(fromHex(group.privateKeyPkcs8));
      for (const each of group.tests) {
        if (each.result !== 'valid') continue;
        const message = fromHex(each.msg);
        assert.equal(toHex(await sign(secret, 'RSA_2048', { algorithm, type: 'RAW', message })), each.sig);
        const hashed = await digest(algorithm, message);
        assert.equal(toHex(await sign(secret, 'RSA_2048', { algorithm, type: 'DIGEST', message: hashed })), each.sig);
        count++;
      }
    }
    assert.isAbove(count, 5);
  });

  test('mldsa_65_sign_seed: signatures under the file’s seeds verify, by message and by its representative', async ({
    skip,
  }) => {
    const algorithm = 'ML_DSA_SHAKE_256' as const;
    let count = 0;
    for (const group of await groupsOf('mldsa_65_sign_seed', skip)) {
      if (group.privateSeed?.length !== 64) continue; // of those no key can be made
      const secret = secretOf(encodeSeed('ML_DSA_65', fromHex(group.privateSeed)));
      for (const each of group.tests.slice(0, 6)) {
        const publicKey = (group as unknown as { publicKey: string }).publicKey;
        if (each.result !== 'valid' || !publicKey || each.ctx) continue;
        const spki = encodeSpki('ML_DSA_65', fromHex(publicKey));
        const signed = each.mu
          ? { algorithm, type: 'EXTERNAL_MU' as const, message: fromHex(each.mu) }
          : { algorithm, type: 'RAW' as const, message: fromHex(each.msg) };
        // The file's own signature was made without randomness, ours never is; both verify.
        assert.isTrue(await verify(spki, 'ML_DSA_65', signed, await sign(secret, 'ML_DSA_65', signed)));
        assert.isTrue(await verify(spki, 'ML_DSA_65', signed, fromHex(each.sig)), `${each.tcId}`);
        count++;
      }
    }
    assert.isAbove(count, 3);
  });

  for (const bits of [224, 256, 512]) {
    test(`hmac_sha${bits}`, async ({ skip }) => {
      for (const group of await groupsOf(`hmac_sha${bits}`, skip)) {
        // Keys of the service have one length each.
        if (group.keySize !== bits) continue;
        for (const each of group.tests) {
          const mac = await computeMac(secretOf(fromHex(each.key)), `HMAC_${bits}` as MacSpec, fromHex(each.msg));
          assert.equal(toHex(mac).slice(0, group.tagSize / 4) === each.tag, each.result === 'valid', `${each.tcId}`);
        }
      }
    });
  }

  for (const [file, algorithm] of [
    ['rsa_oaep_2048_sha1_mgf1sha1', 'RSAES_OAEP_SHA_1'],
    ['rsa_oaep_2048_sha256_mgf1sha256', 'RSAES_OAEP_SHA_256'],
  ] as const) {
    test(file, async ({ skip }) => {
      for (const group of await groupsOf(file, skip)) {
        const pkcs8 = fromHex(group.privateKeyPkcs8);
        const secret = secretOf(pkcs8);
        const spki = spkiOf(pkcs8);
        for (const each of group.tests) {
          const ciphertext = fromHex(each.ct);
          // The operation checks this before.
          if (ciphertext.length !== 256) continue;
          // KMS has no labels: a ciphertext with one must not open.
          const expected = each.result === 'valid' && each.label === '' ? each.msg : undefined;
          const opened = await decryptOaep(secret, { spki, spec: 'RSA_2048' }, algorithm, ciphertext);
          assert.equal(opened && toHex(opened), expected, `${each.tcId}`);
          const hash = algorithm === 'RSAES_OAEP_SHA_1' ? 'SHA-1' : 'SHA-256';
          const inSoftware = await openOaep('RSA_2048', pkcs8, hash, ciphertext).catch(() => undefined);
          assert.equal(inSoftware && toHex(inSoftware), expected, `${each.tcId} in software`);
        }
      }
    });
  }

  test('ecdh_secp256r1: keys in SPKI; nothing that is invalid is taken', async ({ skip }) => {
    const spec = 'ECC_NIST_P256';
    const curve = await curveOf(spec);
    for (const group of await groupsOf('ecdh_secp256r1', skip)) {
      for (const each of group.tests) {
        const scalar = fromHex(each.private.padStart(64, '0').slice(-64));
        const pkcs8 = encodeScalar(spec, scalar, curve.getPublicKey(scalar, false));
        const peer = await readPeer(spec, fromHex(each.public));
        if (peer === undefined) assert.notEqual(each.result, 'valid', `${each.tcId}`);
        else {
          assert.notEqual(each.result, 'invalid', `${each.tcId}`);
          assert.equal(toHex(await deriveSecret(secretOf(pkcs8), spec, peer)), each.shared, `${each.tcId}`);
        }
      }
    }
  });

  for (const [file, spec] of [
    ['ecdh_secp256r1_webcrypto', 'ECC_NIST_P256'],
    ['ecdh_secp384r1_webcrypto', 'ECC_NIST_P384'],
  ] as const) {
    test(file, { timeout: 120_000 }, async ({ skip }) => {
      const [curve, size] = [await curveOf(spec), spec === 'ECC_NIST_P256' ? 32 : 48];
      const read = (text = '') => fromBase64Url(text);
      let count = 0;
      for (const group of await groupsOf(file, skip)) {
        for (const each of group.tests) {
          const [x, y, d] = [read(each.public.x), read(each.public.y), read(each.private.d)];
          if (x.length !== size || y.length !== size || d.length !== size || each.public.crv !== `P-${size * 8}`)
            continue;
          const peer = await readPeer(spec, encodeSpki(spec, Uint8Array.from([4, ...x, ...y])));
          assert.equal(peer !== undefined, each.result !== 'invalid', `${each.tcId}`);
          if (peer === undefined) continue;
          const pkcs8 = encodeScalar(spec, d, curve.getPublicKey(d, false));
          assert.equal(toHex(await deriveSecret(secretOf(pkcs8), spec, peer)), each.shared, `${each.tcId}`);
          count++;
        }
      }
      assert.isAbove(count, 100);
    });
  }
});

const fromBase64Url = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (unit) => unit.charCodeAt(0));

/** The public half of an RSA key: its first two numbers after the version. */
function spkiOf(pkcs8: Bytes): Bytes {
  const body = new DerReader(decodePkcs8('RSA_2048', pkcs8)).sequence();
  body.unsigned();
  const [n, e] = [body.unsigned(), body.unsigned()];
  return encodeSpki('RSA_2048', encodeDer(tag.sequence, encodeUnsigned(n), encodeUnsigned(e)));
}
