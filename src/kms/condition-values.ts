// The condition values of a call on a key: what key, caller, clock and request say.
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
import { isAddress } from '../authz/ip-range.ts';
import { principalArn, principalType, userName } from '../authz/principal.ts';
import { type Values, ValuesBuilder } from '../authz/values.ts';
import type { Scope } from '../model/arn.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { isPrimary } from '../model/multi-region.ts';
import { type Claims, type Conditions, own } from './conditions.ts';
import type { Service } from './service.ts';

export function conditionValues(service: Service, key: KeyRecord, claims: Claims, conditions: Conditions): Values {
  const { by, caller, scope, keyring } = service;
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
    // Their names of before, which AWS still takes.
    .add('kms:CustomerMasterKeySpec', key.spec)
    .add('kms:CustomerMasterKeyUsage', key.usage)
    .add('kms:MultiRegion', key.isMultiRegion)
    .add('kms:MultiRegionKeyType', multiRegionKeyType(key, scope))
    .add('kms:ResourceAliases', key.aliases)
    .add('kms:RequestAlias', aliasOf(own(claims, 'KeyId')));
  // A service that calls for the caller has an address of its own, which AWS does not tell.
  if (caller.viaService === undefined) {
    builder
      .add('aws:SourceIp', isAddress(by.sourceIPAddress) ? by.sourceIPAddress : undefined)
      .add('aws:UserAgent', by.userAgent);
  }
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

function multiRegionKeyType(key: KeyRecord, scope: Scope): 'PRIMARY' | 'REPLICA' | undefined {
  if (!key.isMultiRegion) return undefined;
  return isPrimary(key, scope) ? 'PRIMARY' : 'REPLICA';
}

/** The alias by which a request names its key. */
function aliasOf(keyId: string | undefined): string | undefined {
  if (keyId === undefined) return undefined;
  const name = keyId.startsWith('arn:') ? keyId.split(':').slice(5).join(':') : keyId;
  return name.startsWith('alias/') ? name : undefined;
}
