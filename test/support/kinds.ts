// Kinds of keys for tests that go through all of them.
import type { KeySpec, KeyUsage, Kms, SigningAlgorithm } from '../../src/index.ts';
import { newKey } from './kms.ts';

export interface Kind {
  KeySpec: KeySpec;
  KeyUsage: KeyUsage;
}

/** One kind for each way in which a secret is made and held. Larger RSA keys take long to make: Node tests them. */
export const kinds: readonly Kind[] = [
  { KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' },
  { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' },
  { KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' },
  { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  { KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' },
  { KeySpec: 'ECC_NIST_P521', KeyUsage: 'KEY_AGREEMENT' },
  { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ML_DSA_87', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  { KeySpec: 'ML_KEM_1024', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
];

export const ofUsage = (usage: KeyUsage): readonly Kind[] => kinds.filter(({ KeyUsage }) => KeyUsage === usage);

/** What can be signed under an algorithm: a message, and the digest or representative of 100 bytes of 7. */
export async function messagesFor(
  algorithm: SigningAlgorithm,
): Promise<{ MessageType: 'RAW' | 'DIGEST' | 'EXTERNAL_MU'; Message: Uint8Array<ArrayBuffer> }[]> {
  const raw = { MessageType: 'RAW' as const, Message: new Uint8Array(100).fill(7) };
  if (algorithm === 'ED25519_SHA_512') return [raw];
  if (algorithm === 'ML_DSA_SHAKE_256')
    return [raw, { MessageType: 'EXTERNAL_MU', Message: new Uint8Array(64).fill(7) }];
  const hash = `SHA-${algorithm.slice(-3)}`;
  const digest = {
    MessageType: 'DIGEST' as const,
    Message: new Uint8Array(await crypto.subtle.digest(hash, raw.Message)),
  };
  return algorithm === 'ED25519_PH_SHA_512' ? [digest] : [raw, digest];
}

/** Does with a key what it is for; its answer can be held against a later one. */
export async function useKey(kms: Kms, KeyId: string): Promise<void> {
  const { KeyMetadata: key } = await kms.describeKey({ KeyId });
  const Message = new Uint8Array(10).fill(1);
  for (const SigningAlgorithm of key.SigningAlgorithms ?? []) {
    for (const signed of await messagesFor(SigningAlgorithm)) {
      const { Signature } = await kms.sign({ KeyId, SigningAlgorithm, ...signed });
      await kms.verify({ KeyId, SigningAlgorithm, Signature, ...signed });
    }
  }
  for (const MacAlgorithm of key.MacAlgorithms ?? []) {
    const { Mac } = await kms.generateMac({ KeyId, Message, MacAlgorithm });
    await kms.verifyMac({ KeyId, Message, MacAlgorithm, Mac });
  }
  for (const EncryptionAlgorithm of key.EncryptionAlgorithms ?? []) {
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Message, EncryptionAlgorithm });
    const { Plaintext } = await kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm });
    if (Plaintext.join() !== Message.join()) throw new Error(`${EncryptionAlgorithm} gave another plaintext.`);
  }
  for (const KeyAgreementAlgorithm of key.KeyAgreementAlgorithms ?? []) {
    const other = await newKey(kms, { KeySpec: key.KeySpec, KeyUsage: key.KeyUsage });
    const derive = async (mine: string, theirs: string) => {
      const { PublicKey } = await kms.getPublicKey({ KeyId: theirs });
      return (await kms.deriveSharedSecret({ KeyId: mine, KeyAgreementAlgorithm, PublicKey })).SharedSecret;
    };
    if ((await derive(KeyId, other)).join() !== (await derive(other, KeyId)).join())
      throw new Error('Two sides agreed on two secrets.');
  }
  for (const EncapsulationAlgorithm of key.EncapsulationAlgorithms ?? []) {
    const { SharedSecret, SharedSecretCiphertextBlob } = await kms.encapsulate({ KeyId, EncapsulationAlgorithm });
    const opened = await kms.decapsulate({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob });
    if (opened.SharedSecret.join() !== SharedSecret.join()) throw new Error('Two sides have two secrets.');
  }
}
