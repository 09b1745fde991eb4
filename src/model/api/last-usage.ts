// Reply of GetKeyLastUsage.
import type { Reply } from './common.ts';

export type TrackedOperation =
  | 'Decapsulate'
  | 'Decrypt'
  | 'DeriveSharedSecret'
  | 'Encapsulate'
  | 'Encrypt'
  | 'GenerateDataKey'
  | 'GenerateDataKeyPair'
  | 'GenerateDataKeyPairWithoutPlaintext'
  | 'GenerateDataKeyWithoutPlaintext'
  | 'GenerateMac'
  | 'ReEncrypt'
  | 'Sign'
  | 'Verify'
  | 'VerifyMac';

export interface GetKeyLastUsageOutput extends Reply {
  /** The key's id. */
  KeyId: string;
  /** Empty where the key was never used. Of another tab, or of before a crash, it may be a minute old. */
  KeyLastUsage: {
    Operation?: TrackedOperation;
    Timestamp?: Date;
    /** Absent where no trail is kept, or it no longer has the event. */
    CloudTrailEventId?: string;
    KmsRequestId?: string;
  };
  TrackingStartDate: Date;
  KeyCreationDate: Date;
}
