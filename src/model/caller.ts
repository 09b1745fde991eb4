// Who calls. Key policies see the ARN; what the account's own (IAM) policies would say is one flag.
import { partitionOf, type Scope } from './arn.ts';
import { ValidationException } from './errors/index.ts';

export interface Caller {
  /** ARN of an IAM or STS principal. */
  readonly arn: string;
  /** The account of that principal. */
  readonly accountId: string;
  /** True where the caller may do all that a key policy leaves to its account. The account's root user always may. */
  readonly isAdministrator: boolean;
  /** The service that calls for the principal (`s3.us-east-1.amazonaws.com`): the condition key `kms:ViaService`. */
  readonly viaService: string | undefined;
}

/** @throws ValidationException where the ARN is not one of a principal */
export function checkCaller(arn: string, isAdministrator: boolean, viaService?: string): Caller {
  const [, accountId, name] = /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(.+)$/.exec(arn) ?? [];
  if (accountId === undefined) {
    throw new ValidationException('caller must be the ARN of an IAM or STS principal.');
  }
  return { arn, accountId, isAdministrator: isAdministrator || name === 'root', viaService };
}

/** ARN of the root user of an account, which in a policy stands for the account. */
export const rootArn = ({ region, accountId }: Scope): string => `arn:${partitionOf(region)}:iam::${accountId}:root`;

/** True for the root user of the account, in whichever partition. @param arn one of a principal */
export const isRootOf = (arn: string, accountId: string): boolean => arn.endsWith(`:iam::${accountId}:root`);
