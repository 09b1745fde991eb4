// How long imported material is valid, as DescribeKey and ListKeyRotations tell it.
import type { ExpirationModel } from '../model/api/index.ts';

/** The two members that tell how long imported material is valid. @param expiresAt milliseconds since 1970, null for good */
export const expiryOf = (expiresAt: number | null): { ExpirationModel: ExpirationModel; ValidTo?: Date } =>
  expiresAt === null
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(expiresAt) };
