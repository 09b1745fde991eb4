// The requests of the operations on grants, as read.
import type { GrantOperation } from '../model/grant-record.ts';
import type { PageRequest } from '../model/page.ts';

type Text = string | undefined;
type Pairs = readonly (readonly [key: string, value: string])[];

export interface CreateGrantRequest {
  readonly KeyId: string;
  readonly Operations: readonly GrantOperation[];
  readonly GranteePrincipal: Text;
  readonly GranteeServicePrincipal: Text;
  readonly RetiringPrincipal: Text;
  readonly RetiringServicePrincipal: Text;
  readonly Constraints:
    | {
        readonly EncryptionContextSubset: Pairs | undefined;
        readonly EncryptionContextEquals: Pairs | undefined;
        readonly SourceArn: Text;
      }
    | undefined;
  readonly Name: Text;
  readonly GrantTokens: readonly string[] | undefined;
  readonly DryRun: boolean | undefined;
}

export interface ListGrantsRequest extends PageRequest {
  readonly KeyId: string;
  readonly GrantId: Text;
  readonly GranteePrincipal: Text;
  readonly GranteeServicePrincipal: Text;
}

export interface ListRetirableGrantsRequest extends PageRequest {
  readonly RetiringPrincipal: Text;
  readonly RetiringServicePrincipal: Text;
}

export interface RetireGrantRequest {
  readonly GrantToken: Text;
  readonly KeyId: Text;
  readonly GrantId: Text;
  readonly DryRun: boolean | undefined;
}

export interface RevokeGrantRequest {
  readonly KeyId: string;
  readonly GrantId: string;
  readonly DryRun: boolean | undefined;
}
