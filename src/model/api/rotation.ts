// Requests and replies of the operations on rotation.
import type { RotationType } from '../key-record.ts';
import type { PageInput, PageOutput, Reply } from './common.ts';
import type { ExpirationModel } from './imports.ts';
import type { KeyInput } from './keys.ts';

export interface EnableKeyRotationInput extends KeyInput {
  /** 90 to 2560 days; default 365. */
  RotationPeriodInDays?: number | undefined;
}

export interface GetKeyRotationStatusOutput extends Reply {
  KeyRotationEnabled: boolean;
  /** The key's ARN. */
  KeyId: string;
  /** These two only where rotation is enabled. */
  RotationPeriodInDays?: number;
  NextRotationDate?: Date;
  /** Only while an on-demand rotation is under way. */
  OnDemandRotationStartDate?: Date;
}

export interface RotateKeyOnDemandOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
}

export interface ListKeyRotationsInput extends KeyInput, PageInput {
  /** `ALL_KEY_MATERIAL` adds the first material, and imported material that waits for a rotation. */
  IncludeKeyMaterial?: 'ALL_KEY_MATERIAL' | 'ROTATIONS_ONLY' | undefined;
}

export interface RotationsListEntry {
  /** The key's id. */
  KeyId: string;
  /** 64 hex digits. */
  KeyMaterialId: string;
  KeyMaterialState: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  /** This and the next three only for keys of origin EXTERNAL. */
  KeyMaterialDescription?: string;
  ImportState?: 'IMPORTED' | 'PENDING_IMPORT';
  ExpirationModel?: ExpirationModel;
  ValidTo?: Date;
  /** These two not for the first material, nor for one that waits. */
  RotationDate?: Date;
  RotationType?: RotationType;
}

export interface ListKeyRotationsOutput extends PageOutput {
  /** Oldest first. */
  Rotations: RotationsListEntry[];
}
