// What DescribeKey and CreateKey say of a key.

import { algorithmLists } from '../model/algorithms.ts';
import type { KeyMetadata } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import { currentMaterial, type KeyRecord, keyState } from '../model/key-record.ts';
import type { CustomerMasterKeySpec } from '../model/key-spec.ts';

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
    KeyManager: 'CUSTOMER',
    // AWS repeats the spec here, although its type does not name the newer ones.
    CustomerMasterKeySpec: key.spec as CustomerMasterKeySpec,
    KeySpec: key.spec,
    ...algorithmLists(key),
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
    ...(key.spec === 'SYMMETRIC_DEFAULT' ? { CurrentKeyMaterialId: currentMaterial(key).id } : {}),
  };
}
