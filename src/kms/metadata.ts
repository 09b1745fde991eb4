// What DescribeKey and CreateKey say of a key.

import { algorithmLists } from '../model/algorithms.ts';
import type { KeyMetadata, MultiRegionConfiguration } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import { type KeyRecord, keyState } from '../model/key-record.ts';
import type { CustomerMasterKeySpec } from '../model/key-spec.ts';
import { regionsOf } from '../model/multi-region.ts';
import { expiryOf } from './expiry.ts';

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
    // AWS repeats the spec here, although its type does not name the newer ones.
    CustomerMasterKeySpec: key.spec as CustomerMasterKeySpec,
    KeySpec: key.spec,
    ...algorithmLists(key),
    MultiRegion: key.isMultiRegion,
    ...(key.isMultiRegion ? { MultiRegionConfiguration: multiRegionConfiguration(key, scope) } : {}),
    ...(typeof key.deletionWindow === 'number' ? { PendingDeletionWindowInDays: key.deletionWindow } : {}),
    ...materialOf(key),
  };
}

function multiRegionConfiguration(key: KeyRecord, scope: Scope): MultiRegionConfiguration {
  const { primary, replicas } = regionsOf(key, scope);
  const entry = (region: string) => ({ Arn: keyArn({ ...scope, region }, key.id), Region: region });
  return {
    MultiRegionKeyType: primary === scope.region ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: entry(primary),
    ReplicaKeys: replicas.map(entry),
  };
}

function materialOf(key: KeyRecord): Pick<KeyMetadata, 'CurrentKeyMaterialId' | 'ExpirationModel' | 'ValidTo'> {
  const current = key.materials.at(-1);
  return {
    // A key is without use as soon as any of its material is gone, and has no date then.
    ...(keyState(key) === 'PendingImport' ? {} : expirationOf(key)),
    ...(current && key.spec === 'SYMMETRIC_DEFAULT' ? { CurrentKeyMaterialId: current.id } : {}),
  };
}

/** When the first of a key's imported material expires. */
export function expirationOf(key: KeyRecord): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  const dates = key.materials.flatMap(({ imported }) => (imported ? [imported.expiresAt] : []));
  const first = dates.filter((date) => date !== null).sort((a, b) => a - b)[0] ?? null;
  return dates.length > 0 ? expiryOf(first) : {};
}
