// Requests and replies of the operations on multi-Region keys.
import type { Reply, Tag } from './common.ts';
import type { KeyInput, KeyMetadata } from './keys.ts';

export interface ReplicateKeyInput extends KeyInput {
  ReplicaRegion: string | undefined;
  /** Default: the default key policy. */
  Policy?: string | undefined;
  BypassPolicyLockoutSafetyCheck?: boolean | undefined;
  Description?: string | undefined;
  Tags?: Tag[] | undefined;
}

export interface ReplicateKeyOutput extends Reply {
  /** Says `Creating`, as on AWS, although the replica can be used at once. */
  ReplicaKeyMetadata: KeyMetadata;
  ReplicaPolicy: string;
  ReplicaTags: { TagKey: string; TagValue: string }[];
}

export interface UpdatePrimaryRegionInput extends KeyInput {
  /** A Region in which the key has a replica. */
  PrimaryRegion: string | undefined;
}
