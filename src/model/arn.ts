// Names of keys and aliases, and the four ways to refer to a key: key id, key ARN, alias name, alias ARN.
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
import { NotFoundException, ValidationException } from './errors/index.ts';

/** Where keys live: the account and the Region that their ARNs name. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

/** @throws ValidationException where the account or the Region has no such name */
export function checkScope(accountId: string, region: string): Scope {
  if (!/^\d{12}$/.test(accountId)) throw new ValidationException('accountId must be 12 digits.');
  if (!isRegion(region)) throw new ValidationException('region must be the name of a Region, such as us-east-1.');
  return { accountId, region };
}

/** True for 1 to 32 characters of the form of a Region's name. */
export const isRegion = (text: string): boolean => text.length <= 32 && /^([a-z]+-){2,3}\d+$/.test(text);

/** A key reference that is well formed; whether the key exists is another question. */
export type KeyReference =
  | { readonly kind: 'key'; readonly id: string }
  | { readonly kind: 'alias'; readonly name: string };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const multiRegionId = /^mrk-[0-9a-f]{32}$/;
const aliasName = /^alias\/[a-zA-Z0-9/_-]+$/;

export const isKeyId = (text: string): boolean => uuid.test(text) || multiRegionId.test(text);
export const isMultiRegionKeyId = (id: string): boolean => id.startsWith('mrk-');

/** The part of AWS that a Region is of, as ARNs name it: `aws`, `aws-cn` for China, `aws-us-gov` for GovCloud, `aws-iso-b` for us-isob. */
export function partitionOf(region: string): string {
  const [, own, iso] = /^(?:(cn|us-gov|eusc)|[a-z]{2}-iso([a-z]?))-/.exec(region) ?? [];
  return own !== undefined ? `aws-${own}` : iso ? `aws-iso-${iso}` : iso === '' ? 'aws-iso' : 'aws';
}

export function keyArn(scope: Scope, keyId: string): string {
  return arnOf(scope, `key/${keyId}`);
}

export function aliasArn(scope: Scope, name: string): string {
  return arnOf(scope, name);
}

const arnOf = ({ region, accountId }: Scope, resource: string): string =>
  `arn:${partitionOf(region)}:kms:${region}:${accountId}:${resource}`;

/** The account of a key ARN, or alias ARN, of this Region; undefined for all other texts. */
export function accountOfArn(text: string, { region }: Scope): string | undefined {
  const [arn, , service, itsRegion, account = ''] = text.split(':');
  return arn === 'arn' && service === 'kms' && itsRegion === region && /^\d{12}$/.test(account) ? account : undefined;
}

/**
 * Reads a `KeyId` of a request.
 * @param canBeAlias only the cryptographic operations and DescribeKey take an alias
 * @throws NotFoundException where the text is not a reference, or points to another Region or account
 */
export function parseKeyReference(text: string, scope: Scope, canBeAlias: boolean): KeyReference {
  const isArn = text.startsWith('arn:');
  const resource = isArn ? resourceOfArn(text, scope) : text;
  const id = isArn && resource.startsWith('key/') ? resource.slice('key/'.length) : resource;
  if (isWellFormed(id)) return { kind: 'key', id };
  if (resource.startsWith('alias/')) {
    if (canBeAlias && aliasName.test(resource)) return { kind: 'alias', name: resource };
    throw new NotFoundException(`Invalid keyId '${text}'`);
  }
  // AWS has the quotes only around what is no ARN and no path.
  throw new NotFoundException(`Invalid keyId ${resource.includes('/') ? id : `'${id}'`}`);
}

/** No key has capitals in its id, but an id with some is well formed: it is that of no key. */
const isWellFormed = (id: string): boolean => isKeyId(id) || uuid.test(id.toLowerCase());

function resourceOfArn(text: string, scope: Scope): string {
  const [, , service, region, account, ...rest] = text.split(':');
  const resource = rest.join(':');
  // A bare id inside an ARN is not a resource: `key/` is missing.
  if (service !== 'kms' || !/^(key|alias)\//.test(resource)) throw new NotFoundException(`Invalid keyId '${text}'`);
  if (region !== scope.region) throw new NotFoundException(`Invalid arn ${region}`);
  if (account !== scope.accountId) throw missing(resource, text);
  return resource;
}

const missing = (resource: string, text: string): NotFoundException =>
  resource.startsWith('alias/') ? aliasNotFound(text) : keyNotFound(text);

export const keyNotFound = (arn: string): NotFoundException => new NotFoundException(`Key '${arn}' does not exist`);
export const aliasNotFound = (arn: string): NotFoundException => new NotFoundException(`Alias ${arn} is not found.`);

/** The 16 bytes of a key id as 32 hex digits, whichever kind it is. */
export const keyIdHex = (id: string): string => (isMultiRegionKeyId(id) ? id.slice(4) : id.replaceAll('-', ''));

/** The key id of 32 hex digits. */
export function keyIdFromHex(hex: string, isMultiRegion: boolean): string {
  if (isMultiRegion) return `mrk-${hex}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
