// Rules of alias names. https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
import { NotAuthorizedException, ValidationException } from './errors/index.ts';

/** Quota: aliases of one key. */
export const mostAliasesPerKey = 50;

/**
 * Checks the name of an alias that is to be made, moved or deleted.
 * @throws ValidationException, NotAuthorizedException
 */
export function checkAliasName(name: string): void {
  if (!name.startsWith('alias/') || name === 'alias/') {
    throw new ValidationException(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (name.startsWith('alias/aws/'))
    throw new NotAuthorizedException('Aliases that begin with alias/aws/ are reserved.');
  if (name.includes(':')) throw new ValidationException(`${name} contains invalid characters for an alias`);
}
