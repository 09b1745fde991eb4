// Who calls. Key policies see the ARN; what the account's own (IAM) policies would say is one flag.
import { ValidationException } from './errors/index.ts';

export interface Caller {
  /** ARN of an IAM or STS principal. */
  readonly arn: string;
  /** True where the caller may do all that a key policy leaves to its account. */
  readonly isAdministrator: boolean;
}

/** @throws ValidationException where the ARN is not one of a principal */
export function checkCaller(arn: string, isAdministrator: boolean): Caller {
  if (!/^arn:aws:(iam|sts)::\d{12}:.+$/.test(arn)) {
    throw new ValidationException('caller must be the ARN of an IAM or STS principal.');
  }
  return { arn, isAdministrator };
}
