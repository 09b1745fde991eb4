// The limits of the service model (lengths, ranges, patterns, names): every member of every request is one of these, of
// rare-members.ts, or of the enumerations in key-spec.ts and algorithms.ts. This half is in the first load.
import { type Bytes, blob, type Checked, flag, list, oneOf, type Shape, structure, text, whole } from './shape.ts';

export const keyIdMember: Shape<string> = text({ min: 1, max: 2048 });
export const plaintextMember: Shape<Bytes> = blob(1, 4096);
export const messageMember: Shape<Bytes> = blob(1, 4096);
export const publicKeyMember: Shape<Bytes> = blob(1, 8192);
/** Ciphertexts, signatures and MACs. */
export const ciphertextMember: Shape<Bytes> = blob(1, 6144);
export const grantTokensMember: Shape<readonly string[]> = list(text({ min: 1, max: 8192 }), 0, 10);
export const dryRunMember: Shape<boolean> = flag;
export const limitMember: Shape<number> = whole(1, 1000);
export const markerMember: Shape<string> = text({ min: 1, max: 1024, pattern: '[\\u0020-\\u00FF]*' });
export const descriptionMember: Shape<string> = text({ min: 0, max: 8192 });
export const aliasNameMember: Shape<string> = text({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' });
export const dryRunModifiersMember: Shape<readonly 'IGNORE_CIPHERTEXT'[]> = list(oneOf(['IGNORE_CIPHERTEXT']), 0, 100);

export const numberOfBytesMember: Shape<number> = whole(1, 1024);
export const dataKeySpecMember: Shape<'AES_256' | 'AES_128'> = oneOf(['AES_256', 'AES_128']);
export const customKeyStoreIdMember: Shape<string> = text({ min: 1, max: 64 });

/** Nitro enclaves' recipient: read so that a malformed one is told, then refused. */
export const recipientMember: Shape<Checked<Record<never, never>, Record<never, never>>> = structure(
  {},
  { KeyEncryptionAlgorithm: oneOf(['RSAES_OAEP_SHA_256']), AttestationDocument: blob(1, 262_144) },
);
