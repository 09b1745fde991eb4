// Requests and replies of the operations on keys and their tags.
import type { AlgorithmLists } from '../algorithms.ts';
import type { KeyState } from '../key-record.ts';
import type { CustomerMasterKeySpec, KeyOrigin, KeySpec, KeyUsage } from '../key-spec.ts';
import type { PageInput, PageOutput, Reply, Tag } from './common.ts';
import type { ExpirationModel } from './imports.ts';

export interface CreateKeyInput {
  /** A key policy as JSON, up to 32 768 bytes. Kept with the key. */
  Policy?: string | undefined;
  /** Up to 8192 characters. Not secret. */
  Description?: string | undefined;
  KeyUsage?: KeyUsage | undefined;
  /** The old name of KeySpec. */
  CustomerMasterKeySpec?: CustomerMasterKeySpec | undefined;
  /** Default SYMMETRIC_DEFAULT. */
  KeySpec?: KeySpec | undefined;
  Origin?: KeyOrigin | undefined;
  CustomKeyStoreId?: string | undefined;
  BypassPolicyLockoutSafetyCheck?: boolean | undefined;
  /** Up to 50. Not secret. */
  Tags?: Tag[] | undefined;
  /** True makes a multi-Region primary key, with an id of `mrk-` and 32 hex digits. */
  MultiRegion?: boolean | undefined;
  XksKeyId?: string | undefined;
}

export interface MultiRegionKey {
  Arn: string;
  Region: string;
}

export interface MultiRegionConfiguration {
  MultiRegionKeyType: 'PRIMARY' | 'REPLICA';
  PrimaryKey: MultiRegionKey;
  ReplicaKeys: MultiRegionKey[];
}

/** One list of algorithms is there, by the key's usage. */
export interface KeyMetadata extends AlgorithmLists {
  AWSAccountId: string;
  KeyId: string;
  Arn: string;
  CreationDate: Date;
  /** True in state Enabled only. */
  Enabled: boolean;
  Description: string;
  KeyUsage: KeyUsage;
  KeyState: KeyState;
  /** There only in state PendingDeletion. */
  DeletionDate?: Date;
  Origin: KeyOrigin;
  KeyManager: 'CUSTOMER';
  CustomerMasterKeySpec: CustomerMasterKeySpec;
  KeySpec: KeySpec;
  MultiRegion: boolean;
  MultiRegionConfiguration?: MultiRegionConfiguration;
  /** There only in state PendingReplicaDeletion. */
  PendingDeletionWindowInDays?: number;
  /** There only where imported material is here. */
  ExpirationModel?: ExpirationModel;
  /** When the imported material expires. */
  ValidTo?: Date;
  /** 64 hex digits; of symmetric keys that have, or had, material. */
  CurrentKeyMaterialId?: string;
}

export interface CreateKeyOutput extends Reply {
  KeyMetadata: KeyMetadata;
}

export interface DescribeKeyInput {
  /** Key id, key ARN, alias name or alias ARN. */
  KeyId: string | undefined;
  GrantTokens?: string[] | undefined;
}

export interface DescribeKeyOutput extends Reply {
  KeyMetadata: KeyMetadata;
}

export interface ListKeysInput extends PageInput {}

export interface ListKeysOutput extends PageOutput {
  Keys: { KeyId: string; KeyArn: string }[];
}

/** Names a key by its id or ARN. */
export interface KeyInput {
  KeyId: string | undefined;
}

export interface UpdateKeyDescriptionInput extends KeyInput {
  /** Up to 8192 characters. */
  Description: string | undefined;
}

export interface ScheduleKeyDeletionInput extends KeyInput {
  /** 7 to 30 days; default 30. */
  PendingWindowInDays?: number | undefined;
}

export interface ScheduleKeyDeletionOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
  /** Absent for a primary key with replicas, whose waiting period begins when the last of them is gone. */
  DeletionDate?: Date;
  KeyState: KeyState;
  PendingWindowInDays: number;
}

export interface CancelKeyDeletionOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
}

export interface TagResourceInput extends KeyInput {
  Tags: Tag[] | undefined;
}

export interface UntagResourceInput extends KeyInput {
  TagKeys: string[] | undefined;
}

export interface ListResourceTagsInput extends KeyInput, PageInput {}

export interface ListResourceTagsOutput extends PageOutput {
  Tags: { TagKey: string; TagValue: string }[];
}
