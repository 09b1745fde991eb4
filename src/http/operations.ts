// The operations of AWS KMS by their names on the wire, and the methods that carry them out. The table is that of the pinned
// AWS SDK; the compiler refuses a method of `Kms` that is not in it.
import type { Kms } from '../kms/kms.ts';
import type { RootMethod } from '../kms/root-methods.ts';
import type { CallOptions } from '../model/api/index.ts';

/** True where an operation can change what is stored, so that doing it twice differs from doing it once. */
const operations = {
  CancelKeyDeletion: true,
  ConnectCustomKeyStore: true,
  CreateAlias: true,
  CreateCustomKeyStore: true,
  CreateGrant: true,
  CreateKey: true,
  Decapsulate: false,
  Decrypt: false,
  DeleteAlias: true,
  DeleteCustomKeyStore: true,
  DeleteImportedKeyMaterial: true,
  DeriveSharedSecret: false,
  DescribeCustomKeyStores: false,
  DescribeKey: false,
  DisableKey: true,
  DisableKeyRotation: true,
  DisconnectCustomKeyStore: true,
  EnableKey: true,
  EnableKeyRotation: true,
  Encapsulate: false,
  Encrypt: false,
  GenerateDataKey: false,
  GenerateDataKeyPair: false,
  GenerateDataKeyPairWithoutPlaintext: false,
  GenerateDataKeyWithoutPlaintext: false,
  GenerateMac: false,
  GenerateRandom: false,
  GetKeyLastUsage: false,
  GetKeyPolicy: false,
  GetKeyRotationStatus: false,
  GetParametersForImport: false,
  GetPublicKey: false,
  ImportKeyMaterial: true,
  ListAliases: false,
  ListGrants: false,
  ListKeyPolicies: false,
  ListKeyRotations: false,
  ListKeys: false,
  ListResourceTags: false,
  ListRetirableGrants: false,
  PutKeyPolicy: true,
  ReEncrypt: false,
  ReplicateKey: true,
  RetireGrant: true,
  RevokeGrant: true,
  RotateKeyOnDemand: true,
  ScheduleKeyDeletion: true,
  Sign: false,
  TagResource: true,
  UntagResource: true,
  UpdateAlias: true,
  UpdateCustomKeyStore: true,
  UpdateKeyDescription: true,
  UpdatePrimaryRegion: true,
  Verify: false,
  VerifyMac: false,
} as const;

/** Name of an operation, as it stands behind `TrentService.` in `x-amz-target`. */
export type Operation = keyof typeof operations;
export const operationNames: readonly Operation[] = Object.keys(operations) as Operation[];

/** Name of the method of `Kms` that carries an operation out. */
export type MethodName = Uncapitalize<Operation>;
export const methodNameOf = (operation: Operation): MethodName =>
  (operation.charAt(0).toLowerCase() + operation.slice(1)) as MethodName;

export const isOperation = (name: unknown): name is Operation =>
  typeof name === 'string' && Object.hasOwn(operations, name);

/** Methods of `Kms` that the table has not: must be none. */
type Unlisted = Exclude<keyof Kms, MethodName | 'as' | 'at' | 'scope' | 'trail' | 'destroy' | RootMethod>;
const unlisted: Record<Unlisted, never> = {};
void unlisted;

export type Method = (input: unknown, options?: CallOptions) => Promise<object>;

/** The operation that `x-amz-target` names, or undefined. */
export function parseTarget(target: string | undefined): Operation | undefined {
  const name = target?.startsWith('TrentService.') ? target.slice('TrentService.'.length) : '';
  return isOperation(name) ? name : undefined;
}

export const changesState = (operation: Operation): boolean => operations[operation];

/** What carries an operation out, or undefined where the service does not have it. */
export function methodOf(kms: Kms, operation: Operation): Method | undefined {
  const method = (kms as unknown as Partial<Record<MethodName, Method>>)[methodNameOf(operation)];
  return typeof method === 'function' ? method.bind(kms) : undefined;
}
