// Who may sign, and as whom a signature counts.
import { checkCaller } from '../../model/caller.ts';
import { ValidationException } from '../../model/errors/index.ts';
import { type Known, optionsReader } from '../../model/options.ts';

export interface Credential {
  /** 3 to 128 of A-Z, a-z, 0-9, `_`, `-`. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where given, requests must carry it as `x-amz-security-token`; where not, they must carry none. */
  readonly sessionToken?: string | undefined;
  /** When the session ends. */
  readonly expiration?: Date | undefined;
  /** ARN of the IAM or STS principal that key policies see. */
  readonly principalArn: string;
  /** True where it may do all that a key policy leaves to its account. Default false. */
  readonly administrator?: boolean | undefined;
}

/** Finds a credential by its access key id; undefined where there is none. */
export type FindCredential = (accessKeyId: string) => Credential | undefined | Promise<Credential | undefined>;

/** @throws ValidationException where a credential is not one, or two have the same access key id */
export function credentialFinder(given: readonly Credential[] | FindCredential): FindCredential {
  if (typeof given === 'function') return given;
  if (!Array.isArray(given))
    throw new ValidationException('credentials must be an array of credentials, or a function.');
  const byId = new Map<string, Credential>();
  for (const credential of given) {
    const checked = checkCredential(credential);
    if (byId.has(checked.accessKeyId))
      throw new ValidationException(`There are two credentials for the access key ${checked.accessKeyId}.`);
    byId.set(checked.accessKeyId, checked);
  }
  return (accessKeyId) => byId.get(accessKeyId);
}

const names: Known<Credential> = {
  accessKeyId: true,
  secretAccessKey: true,
  sessionToken: true,
  expiration: true,
  principalArn: true,
  administrator: true,
};

/** @throws ValidationException that names the member which is wrong, and never its value */
export function checkCredential(given: Credential): Credential {
  // One that is misspelt would let a session go on for ever, or without its token.
  const own = optionsReader(given, names, 'credential');
  const [accessKeyId, secretAccessKey, principalArn] = [
    own('accessKeyId'),
    own('secretAccessKey'),
    own('principalArn'),
  ];
  const [sessionToken, expiration, administrator] = [own('sessionToken'), own('expiration'), own('administrator')];
  const require = (holds: boolean, message: string) => {
    if (!holds) throw new ValidationException(`Each credential needs ${message}.`);
  };
  require(/^[\w-]{3,128}$/.test(asText(accessKeyId)), 'an accessKeyId of 3 to 128 letters, digits, "_" or "-"');
  require(asText(secretAccessKey) !== '', 'a secretAccessKey');
  require(sessionToken === undefined || asText(sessionToken) !== '', 'a sessionToken that is text, or none');
  require(expiration === undefined || isDate(expiration), 'an expiration that is a valid Date, or none');
  require(administrator === undefined || typeof administrator === 'boolean', 'an administrator flag, or none');
  const { arn, isAdministrator } = checkCaller(asText(principalArn), administrator === true);
  return {
    accessKeyId: asText(accessKeyId),
    secretAccessKey: asText(secretAccessKey),
    sessionToken,
    expiration,
    principalArn: arn,
    administrator: isAdministrator,
  };
}

const isDate = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());

const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The account that a principal belongs to. */
export const accountOf = (principalArn: string): string => principalArn.split(':')[4] ?? '';
