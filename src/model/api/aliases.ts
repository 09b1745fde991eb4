// Requests and replies of the operations on aliases.
import type { PageInput, PageOutput } from './common.ts';

export interface CreateAliasInput {
  /** `alias/` and 1 to 250 of a-z, A-Z, 0-9, `/`, `_`, `-`. */
  AliasName: string | undefined;
  /** Key id or key ARN. */
  TargetKeyId: string | undefined;
}

export interface UpdateAliasInput extends CreateAliasInput {}

export interface DeleteAliasInput {
  AliasName: string | undefined;
}

export interface ListAliasesInput extends PageInput {
  /** Lists the aliases of this key only: key id or key ARN. */
  KeyId?: string | undefined;
}

export interface AliasListEntry {
  AliasName: string;
  AliasArn: string;
  /** The key's id. */
  TargetKeyId: string;
  CreationDate: Date;
  LastUpdatedDate: Date;
}

export interface ListAliasesOutput extends PageOutput {
  Aliases: AliasListEntry[];
}
