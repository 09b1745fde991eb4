// The algorithms that encrypt. Those of all other operations: algorithms.ts.
import { InvalidKeyUsageException } from './errors/index.ts';
import { oneOf, type Shape } from './shape.ts';

const names = ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] as const;

export type EncryptionAlgorithm = (typeof names)[number];

export const encryptionAlgorithmMember: Shape<EncryptionAlgorithm> = oneOf(names);

export const incompatible = (algorithm: string, spec: string): InvalidKeyUsageException =>
  new InvalidKeyUsageException(`Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
