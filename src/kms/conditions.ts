// The condition values of a call on a key: what key, caller, clock and request say.
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
import { principalArn, principalType, userName } from '../authz/principal.ts';
import { type Value, type Values, ValuesBuilder } from '../authz/values.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { Service } from './service.ts';

type Pairs = readonly (readonly [key: string, value: string])[];

/** What every request says that names a key; the request itself will do. */
export interface Claims {
  readonly KeyId?: string | undefined;
  readonly EncryptionContext?: Pairs | undefined;
  readonly GrantTokens?: readonly string[] | undefined;
}

/** Reads what is a request's own: a polluted prototype says nothing. */
export function own<K extends keyof Claims>(claims: Claims, name: K): Claims[K] {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** Condition values of one operation, such as `{ 'kms:SigningAlgorithm': 'ECDSA_SHA_256' }`. */
export type Conditions = Readonly<Record<string, Value>>;

export function conditionValues(service: Service, key: KeyRecord, claims: Claims, conditions: Conditions): Values {
  const { caller, scope, keyring } = service;
  const now = keyring.now;
  const builder = new ValuesBuilder()
    .add('aws:CurrentTime', new Date(now))
    .add('aws:EpochTime', Math.floor(now / 1000))
    .add('aws:PrincipalArn', principalArn(caller))
    .add('aws:PrincipalAccount', caller.accountId)
    .add('aws:PrincipalType', principalType(caller))
    .add('aws:username', userName(caller))
    .add('aws:PrincipalIsAWSService', false)
    .add('aws:ViaAWSService', caller.viaService !== undefined)
    .add('aws:RequestedRegion', scope.region)
    .add('aws:ResourceAccount', scope.accountId)
    .add('kms:CallerAccount', caller.accountId)
    .add('kms:ViaService', caller.viaService)
    .add('kms:KeyOrigin', key.origin)
    .add('kms:KeySpec', key.spec)
    .add('kms:KeyUsage', key.usage)
    .add('kms:MultiRegion', key.isMultiRegion)
    .add('kms:MultiRegionKeyType', key.isMultiRegion ? 'PRIMARY' : undefined)
    .add('kms:ResourceAliases', key.aliases)
    .add('kms:RequestAlias', aliasOf(own(claims, 'KeyId')));
  for (const [name, value] of key.tags) builder.add(`aws:ResourceTag/${name}`, value);
  const context = own(claims, 'EncryptionContext') ?? [];
  builder.add(
    'kms:EncryptionContextKeys',
    context.map(([name]) => name),
  );
  for (const [name, value] of context) builder.add(`kms:EncryptionContext:${name}`, value);
  for (const [name, value] of Object.entries(conditions)) builder.add(name, value);
  return builder.values;
}

/** The alias by which a request names its key. */
function aliasOf(keyId: string | undefined): string | undefined {
  if (keyId === undefined) return undefined;
  const name = keyId.startsWith('arn:') ? keyId.split(':').slice(5).join(':') : keyId;
  return name.startsWith('alias/') ? name : undefined;
}

/** `aws:RequestTag/<key>` and `aws:TagKeys` of a request that sets tags. */
export function tagConditions(tags: readonly { readonly TagKey: string; readonly TagValue: string }[]): Conditions {
  const pairs = tags.map(({ TagKey, TagValue }) => [`aws:RequestTag/${TagKey}`, TagValue] as const);
  return { ...Object.fromEntries(pairs), 'aws:TagKeys': tags.map(({ TagKey }) => TagKey) };
}
