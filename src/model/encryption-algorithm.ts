// The algorithms that encrypt. Those of all other operations: algorithms.ts.
import { everydayNames } from './constraints/everyday.ts';
import { InvalidKeyUsageException } from './errors/index.ts';
import { oneOf, type Shape } from './shape.ts';

export type EncryptionAlgorithm = (typeof everydayNames.EncryptionAlgorithmSpec)[number];

export const encryptionAlgorithmMember: Shape<EncryptionAlgorithm> = oneOf(everydayNames.EncryptionAlgorithmSpec);

export const incompatible = (algorithm: string, spec: string): InvalidKeyUsageException =>
  new InvalidKeyUsageException(`Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
