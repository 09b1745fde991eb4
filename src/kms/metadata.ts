// What DescribeKey and CreateKey say of a key.

import type { KeyMetadata } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import { currentMaterial, type KeyRecord, keyState } from '../model/key-record.ts';

export function keyMetadata(key: KeyRecord, scope: Scope): KeyMetadata {
  const arn = keyArn(scope, key.id);
  const state = keyState(key);
  return {
    AWSAccountId: scope.accountId,
    KeyId: key.id,
    Arn: arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    ...(key.deletionAt === null ? {} : { DeletionDate: new Date(key.deletionAt) }),
    Origin: key.origin,
    KeyManager: key.isAwsManaged ? 'AWS' : 'CUSTOMER',
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: key.isMultiRegion,
    ...(key.isMultiRegion
      ? {
          MultiRegionConfiguration: {
            MultiRegionKeyType: 'PRIMARY',
            PrimaryKey: { Arn: arn, Region: scope.region },
            ReplicaKeys: [],
          },
        }
      : {}),
    CurrentKeyMaterialId: currentMaterial(key).id,
  };
}
