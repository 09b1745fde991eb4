// Multi-Region keys: one id and one material in several Regions, one of which is the primary.
// https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
import { keyArn, type Scope } from './arn.ts';
import { UnsupportedOperationException } from './errors/index.ts';
import type { KeyRecord, KeyRegions } from './key-record.ts';

/** Where a key is. @param scope where the record lies */
export const regionsOf = (key: KeyRecord, scope: Scope): KeyRegions =>
  key.regions ?? { primary: scope.region, replicas: [] };

export const isPrimary = (key: KeyRecord, scope: Scope): boolean => regionsOf(key, scope).primary === scope.region;

/** For what is set on the primary and holds for all. @throws UnsupportedOperationException */
export function requirePrimary(key: KeyRecord, scope: Scope): void {
  if (!isPrimary(key, scope)) throw notPrimary(keyArn(scope, key.id));
}

/** For operations on what replicas have from their primary. @throws UnsupportedOperationException */
export function requireNotReplica(key: KeyRecord, scope: Scope, operation: string): void {
  if (isPrimary(key, scope)) return;
  throw new UnsupportedOperationException(
    `${keyArn(scope, key.id)} is a multi-region replica key which is not valid for ${operation}.`,
  );
}

/** @throws UnsupportedOperationException where it is no multi-Region key, or a replica */
export function requireMultiRegionPrimary(key: KeyRecord, scope: Scope): void {
  if (!key.isMultiRegion) throw notPrimary(keyArn(scope, key.id));
  requirePrimary(key, scope);
}

const notPrimary = (arn: string): UnsupportedOperationException =>
  new UnsupportedOperationException(`${arn} is not a multi-region primary key.`);
