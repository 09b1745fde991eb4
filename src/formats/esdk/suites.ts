// The algorithm suites of the AWS Encryption SDK. Every one is AES-GCM with an IV of 12 bytes and a tag of 16; they differ in the
// key, in how it is derived, and in whether the message commits to it or is signed.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/algorithms-reference.html

export type SuiteId = 0x0014 | 0x0046 | 0x0078 | 0x0114 | 0x0146 | 0x0178 | 0x0214 | 0x0346 | 0x0378 | 0x0478 | 0x0578;

export type SigningCurve = 'P-256' | 'P-384';

export interface AlgorithmSuite {
  readonly id: SuiteId;
  /** The name of the official SDKs. */
  readonly name: string;
  /** Version of the message format: 2 for the suites that commit to their key, 1 for all others. */
  readonly version: 1 | 2;
  /** Bytes of the data key, and of the AES key. */
  readonly keyLength: 16 | 24 | 32;
  /** Hash of HKDF; without, the data key is the AES key. */
  readonly kdf: 'SHA-256' | 'SHA-384' | 'SHA-512' | undefined;
  /** The curve of the signature over the message, where there is one. Its hash has as many bits. */
  readonly curve: SigningCurve | undefined;
}

const suite = (
  id: SuiteId,
  name: string,
  keyLength: AlgorithmSuite['keyLength'],
  kdf: AlgorithmSuite['kdf'],
  curve?: SigningCurve,
): AlgorithmSuite => ({ id, name: `ALG_AES_${name}`, version: kdf === 'SHA-512' ? 2 : 1, keyLength, kdf, curve });

const all: readonly AlgorithmSuite[] = [
  suite(0x0014, '128_GCM_IV12_TAG16_NO_KDF', 16, undefined),
  suite(0x0046, '192_GCM_IV12_TAG16_NO_KDF', 24, undefined),
  suite(0x0078, '256_GCM_IV12_TAG16_NO_KDF', 32, undefined),
  suite(0x0114, '128_GCM_IV12_TAG16_HKDF_SHA256', 16, 'SHA-256'),
  suite(0x0146, '192_GCM_IV12_TAG16_HKDF_SHA256', 24, 'SHA-256'),
  suite(0x0178, '256_GCM_IV12_TAG16_HKDF_SHA256', 32, 'SHA-256'),
  suite(0x0214, '128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256', 16, 'SHA-256', 'P-256'),
  suite(0x0346, '192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384', 24, 'SHA-384', 'P-384'),
  suite(0x0378, '256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384', 32, 'SHA-384', 'P-384'),
  suite(0x0478, '256_GCM_HKDF_SHA512_COMMIT_KEY', 32, 'SHA-512'),
  suite(0x0578, '256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384', 32, 'SHA-512', 'P-384'),
];

const byId: ReadonlyMap<unknown, AlgorithmSuite> = new Map(all.map((each) => [each.id, each]));

/** The suite of an id, or undefined where there is none. */
export const suiteOf = (id: unknown): AlgorithmSuite | undefined => byId.get(id);
export const suiteIds: readonly SuiteId[] = all.map(({ id }) => id);
export const isCommitting = ({ version }: AlgorithmSuite): boolean => version === 2;
/** Bytes of a message id. */
export const messageIdLength = ({ version }: AlgorithmSuite): number => (version === 1 ? 16 : 32);
