// Requests and replies of the operations on grants.
import type { GrantOperation } from '../grant-record.ts';
import type { PageInput, PageOutput, Reply } from './common.ts';
import type { KeyInput } from './keys.ts';

/** What a call must be like for the grant to count. Keys of pairs compare without case, values with it. */
export interface GrantConstraints {
  /** Up to 8 pairs that the encryption context must contain. */
  EncryptionContextSubset?: Record<string, string> | undefined;
  /** Up to 8 pairs that the encryption context must be. */
  EncryptionContextEquals?: Record<string, string> | undefined;
  /** No call here is made on behalf of a resource: such a grant allows nothing but to retire it. */
  SourceArn?: string | undefined;
}

export interface CreateGrantInput extends KeyInput {
  /** ARN of a user, role, session or account. Either this or `GranteeServicePrincipal`. */
  GranteePrincipal?: string | undefined;
  RetiringPrincipal?: string | undefined;
  /** Operations that a key of this kind can do. */
  Operations: GrantOperation[] | undefined;
  Constraints?: GrantConstraints | undefined;
  GrantTokens?: string[] | undefined;
  /** With a name, the same request makes no second grant. */
  Name?: string | undefined;
  DryRun?: boolean | undefined;
  GranteeServicePrincipal?: string | undefined;
  RetiringServicePrincipal?: string | undefined;
}

export interface CreateGrantOutput extends Reply {
  /** Another one at each call. Grants count at once here, so that nobody needs it but for RetireGrant. */
  GrantToken: string;
  /** 64 hex digits. */
  GrantId: string;
}

export interface GrantListEntry {
  /** The key's ARN. */
  KeyId: string;
  GrantId: string;
  /** Empty where it has none. */
  Name: string;
  CreationDate: Date;
  GranteePrincipal?: string;
  RetiringPrincipal?: string;
  /** ARN of the root user of the account of who made it. */
  IssuingAccount: string;
  Operations: GrantOperation[];
  Constraints?: GrantConstraints;
  GranteeServicePrincipal?: string;
  RetiringServicePrincipal?: string;
}

export interface ListGrantsInput extends KeyInput, PageInput {
  GrantId?: string | undefined;
  GranteePrincipal?: string | undefined;
  GranteeServicePrincipal?: string | undefined;
}

export interface ListGrantsOutput extends PageOutput {
  Grants: GrantListEntry[];
}

export interface ListRetirableGrantsInput extends PageInput {
  /** Either this or `RetiringServicePrincipal`. */
  RetiringPrincipal?: string | undefined;
  RetiringServicePrincipal?: string | undefined;
}

export interface RetireGrantInput {
  /** Either this, or the next two. */
  GrantToken?: string | undefined;
  /** Key ARN or key id. */
  KeyId?: string | undefined;
  GrantId?: string | undefined;
  DryRun?: boolean | undefined;
}

export interface RevokeGrantInput extends KeyInput {
  GrantId: string | undefined;
  DryRun?: boolean | undefined;
}
