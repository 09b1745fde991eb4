// Keyrings with a root, for tests.
import { assert } from 'chai';
import { type Kms, openKms, type Store, type UnlockMethod } from '../../src/index.ts';
import { passphrase, secret } from '../../src/unlock/index.ts';
import { type Bytes, random, utf8 } from '../support/bytes.ts';
import { newKey, newStore } from '../support/kms.ts';

export const Plaintext: Bytes = utf8('meet at nine');

/** The cheapest passphrase that is allowed: what is tested is not the cost. */
export const quick = (text: string): UnlockMethod => passphrase(text, { memory: 19_456, iterations: 2 });

export const newSecret = (): UnlockMethod => secret(random(32));

/** One key of each way in which keys are kept, with something that only the key can open or make again. */
export interface Life {
  readonly encrypt: { KeyId: string; CiphertextBlob: Uint8Array };
  readonly mac: { KeyId: string; Mac: Uint8Array };
  readonly sign: { KeyId: string; Signature: Uint8Array };
  readonly agree: { KeyId: string; shared: Uint8Array; PublicKey: Uint8Array };
}

export async function live(kms: Kms): Promise<Life> {
  const KeyId = await newKey(kms, { Description: 'notes' });
  await kms.createAlias({ AliasName: 'alias/notes', TargetKeyId: KeyId });
  await kms.createGrant({ KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:user/ada', Operations: ['Decrypt'] });
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
  const mac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const { Mac } = await kms.generateMac({ KeyId: mac, MacAlgorithm: 'HMAC_SHA_256', Message: Plaintext });
  const sign = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const { Signature } = await kms.sign({ KeyId: sign, SigningAlgorithm: 'ECDSA_SHA_256', Message: Plaintext });
  const agree = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { PublicKey } = await kms.getPublicKey({ KeyId: agree });
  const shared = await agreed(kms, agree, PublicKey);
  return {
    encrypt: { KeyId, CiphertextBlob },
    mac: { KeyId: mac, Mac },
    sign: { KeyId: sign, Signature },
    agree: { KeyId: agree, shared, PublicKey },
  };
}

const agreed = async (kms: Kms, KeyId: string, PublicKey: Uint8Array): Promise<Uint8Array> =>
  (await kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey })).SharedSecret;

/** Every key of a life does what it did. */
export async function assertLives(kms: Kms, { encrypt, mac, sign, agree }: Life): Promise<void> {
  const { CiphertextBlob } = encrypt;
  assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
  const again = await kms.encrypt({ KeyId: 'alias/notes', Plaintext });
  assert.deepEqual((await kms.decrypt(again)).Plaintext, Plaintext);
  assert.equal((await kms.listGrants({ KeyId: encrypt.KeyId })).Grants.length, 1);
  const verified = await kms.verifyMac({ ...mac, MacAlgorithm: 'HMAC_SHA_256', Message: Plaintext });
  assert.isTrue(verified.MacValid);
  const call = { KeyId: sign.KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: Plaintext } as const;
  assert.isTrue((await kms.verify({ ...call, Signature: sign.Signature })).SignatureValid);
  const { Signature } = await kms.sign(call);
  assert.isTrue((await kms.verify({ ...call, Signature })).SignatureValid);
  assert.deepEqual(await agreed(kms, agree.KeyId, agree.PublicKey), agree.shared);
}

/** Removes every row, as a browser does that clears its storage. */
export async function clear(store: Store): Promise<void> {
  for (const table of ['keyring', 'keys', 'aliases', 'grants', 'uses', 'materials', 'copies', 'slots']) {
    const rows = await store.list(table, { limit: 10_000 });
    await store.commit(
      [],
      rows.map(({ id }) => ({ table, id })),
      'strict',
    );
  }
}

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

export async function newKeyring(mode: 'recoverable' | 'locked', slots: UnlockMethod[]) {
  const store = newStore();
  return { store, kms: await openKms({ store, mode, slots }) };
}
