// Shapes of the members that everyday requests have, made of the table of constraints (constraints/everyday.ts).
import { everyday, everydayNames } from './constraints/everyday.ts';
import { type Bytes, blob, type Checked, flag, list, oneOf, type Shape, structure, text, whole } from './shape.ts';

export const keyIdMember: Shape<string> = text(everyday.KeyId);
export const plaintextMember: Shape<Bytes> = blob(everyday.Plaintext);
export const messageMember: Shape<Bytes> = blob(everyday.Message);
export const publicKeyMember: Shape<Bytes> = blob(everyday.PublicKey);
/** Ciphertexts, signatures and MACs. */
export const ciphertextMember: Shape<Bytes> = blob(everyday.Ciphertext);
export const grantTokensMember: Shape<readonly string[]> = list(text(everyday.GrantToken), everyday.GrantTokens);
export const dryRunMember: Shape<boolean> = flag;
export const limitMember: Shape<number> = whole(everyday.Limit);
export const markerMember: Shape<string> = text(everyday.Marker);
export const descriptionMember: Shape<string> = text(everyday.Description);
export const aliasNameMember: Shape<string> = text(everyday.AliasName);
export const dryRunModifiersMember: Shape<readonly 'IGNORE_CIPHERTEXT'[]> = list(
  oneOf(everydayNames.DryRunModifierType),
  everyday.DryRunModifiers,
);

export const numberOfBytesMember: Shape<number> = whole(everyday.NumberOfBytes);
export const dataKeySpecMember: Shape<'AES_256' | 'AES_128'> = oneOf(everydayNames.DataKeySpec);
export const customKeyStoreIdMember: Shape<string> = text(everyday.CustomKeyStoreId);

/** Nitro enclaves' recipient: read so that a malformed one is told, then refused. */
export const recipientMember: Shape<Checked<Record<never, never>, Record<never, never>>> = structure(
  {},
  {
    KeyEncryptionAlgorithm: oneOf(everydayNames.KeyEncryptionMechanism),
    AttestationDocument: blob(everyday.AttestationDocument),
  },
);
