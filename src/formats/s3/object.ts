// Objects of the Amazon S3 Encryption Client: the names in their metadata, the suites, the ways to wrap a data key. What is here
// is the same for reading and writing. See docs/formats.md.
import type { Bytes } from '../bytes.ts';
import type { Pairs } from './metadata-text.ts';

/** Content algorithms, as metadata and the wrapping of data keys name them: AES-256-CBC, AES-256-GCM, and GCM with commitment. */
export type ContentAlgorithm = 'AES/CBC/PKCS5Padding' | 'AES/GCM/NoPadding' | '115';

/** Ways to wrap a data key that new objects may have. */
export type WrapAlgorithm = 'AES/GCM' | 'kms+context' | 'RSA-OAEP-SHA1';
/** Ways of objects that exist, which do not bind the content algorithm to the data key. */
export type LegacyWrapAlgorithm = (typeof legacyWrapAlgorithms)[number];

export const legacyWrapAlgorithms = ['kms', 'AESWrap', 'AES', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'RSA'] as const;
export const wrapAlgorithms: readonly WrapAlgorithm[] = ['AES/GCM', 'kms+context', 'RSA-OAEP-SHA1'];

/** `x-amz-w` of format v3. */
export const wrapCodes: ReadonlyMap<string, WrapAlgorithm> = new Map([
  ['02', 'AES/GCM'],
  ['12', 'kms+context'],
  ['22', 'RSA-OAEP-SHA1'],
]);

/** How a data key is wrapped. */
export interface WrappedKey {
  readonly wrapAlgorithm: WrapAlgorithm | LegacyWrapAlgorithm;
  readonly wrappedKey: Bytes;
  /** The encryption context where a KMS wrapped it, else the material description, which nothing authenticates. */
  readonly description: Pairs;
}

/** Format v1 and v2: the data key encrypts the content. */
export interface PlainHeader extends WrappedKey {
  readonly format: 'v1' | 'v2';
  readonly contentAlgorithm: 'AES/CBC/PKCS5Padding' | 'AES/GCM/NoPadding';
  /** 12 bytes for GCM, 16 for CBC. */
  readonly iv: Bytes;
}

/** Format v3: the content key is derived from the data key, and the object commits to it. */
export interface CommittingHeader extends WrappedKey {
  readonly format: 'v3';
  readonly contentAlgorithm: '115';
  /** 28 bytes, not all zero. */
  readonly messageId: Bytes;
  /** 28 bytes. */
  readonly commitment: Bytes;
}

export type ObjectHeader = PlainHeader | CommittingHeader;

/** The pair of an encryption context that binds the content algorithm to a data key wrapped by a KMS. */
export const algorithmContextKey = 'aws:x-amz-cek-alg';
/** The pair that the legacy algorithm `kms` puts into the context. */
export const keyIdContextKey = 'kms_cmk_id';

/** Bytes of every data key that is made here. */
export const dataKeyLength = 32;
/**
 * Whether a data key can have so many bytes. The older formats leave it to the writer: the client of PHP makes what its option KeySize
 * says, and `RSA-OAEP-SHA1` names the length beside the key. Format v3 derives from 32.
 */
export const isDataKeyLength = (length: number, content: ContentAlgorithm): boolean =>
  length === dataKeyLength || (content !== '115' && (length === 16 || length === 24));
export const messageIdLength = 28;
export const commitmentLength = 28;
export const gcmIvLength = 12;
export const tagLength = 16;
/** Most bytes of plaintext under one GCM key and IV (NIST SP 800-38D, section 5.2.1.1). */
export const mostPlaintextBytes: number = 2 ** 36 - 32;
/** Longest wrapped data key: a CiphertextBlob of AWS KMS. */
export const mostWrappedKeyBytes = 6144;

/** Entries whose presence says which format it is. */
export const keyEntries = { v1: 'x-amz-key', v2: 'x-amz-key-v2', v3: 'x-amz-3' } as const;
/** Entries of v1 and v2. */
export const plainEntries: readonly string[] = [
  'x-amz-iv',
  'x-amz-cek-alg',
  'x-amz-tag-len',
  'x-amz-wrap-alg',
  'x-amz-matdesc',
];
/** Entries of v3 that belong to the content and never stand in an instruction file. */
export const contentEntries: readonly string[] = ['x-amz-c', 'x-amz-d', 'x-amz-i'];
/** Entries of v3 that belong to the data key. */
export const wrapEntries: readonly string[] = ['x-amz-w', 'x-amz-t', 'x-amz-m'];
/** Marks the object that holds an instruction file. */
export const instructionMarker = 'x-amz-crypto-instr-file';
/** Names that no caller's own metadata may have. */
export const reservedEntries: ReadonlySet<string> = new Set([
  ...Object.values(keyEntries),
  ...plainEntries,
  ...contentEntries,
  ...wrapEntries,
  instructionMarker,
  'x-amz-unencrypted-content-length',
]);
