// Properties of actions that decide who may be asked for leave.

/** May be done by callers of another account. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html */
const acrossAccounts: ReadonlySet<string> = new Set([
  'CreateGrant',
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetKeyRotationStatus',
  'GetPublicKey',
  'ListGrants',
  'ReEncryptFrom',
  'ReEncryptTo',
  'RetireGrant',
  'RevokeGrant',
  'Sign',
  'Verify',
  'VerifyMac',
]);

export const crossesAccounts = (action: string): boolean => acrossAccounts.has(action);
