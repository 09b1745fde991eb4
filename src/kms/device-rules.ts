// Which keys may go to which device: all that ReplicateKey asks, and what comes with keys that leave this one for good.
import { deviceOf } from '../keyring/devices/registry.ts';
import { openRoot } from '../keyring/root/slot-changes.ts';
import { allRows } from '../keyring/row-digest.ts';
import { type KeyringRecord, keyRef } from '../keyring/tables.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import { AlreadyExistsException, PairingRefused, ValidationException } from '../model/errors/index.ts';
import { elsewhereOf, type KeyRecord, keyState } from '../model/key-record.ts';
import { isPrimary, regionsOf } from '../model/multi-region.ts';
import type { Bytes } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { Call } from './call.ts';
import { checkNewPolicy } from './new-policy.ts';
import { type Replication, readReplication, requireReplicable } from './replicas.ts';
import { type IdleService, resolveManaged, type Service } from './service.ts';

/** The other device, as it named itself. */
export interface PeerDevice {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** The public key that a slot of the root can be made for: 65 bytes. */
  readonly deviceKey: Bytes | undefined;
}

export interface ShipmentRequest {
  readonly to: PeerDevice;
  /** Requests of ReplicateKey without a Region, or all multi-Region keys whose primary is here. */
  readonly keys: 'all' | readonly unknown[];
  /** Whether the other device gets a slot of the root. */
  readonly opensRoot: boolean;
  readonly by: UnlockMethod | undefined;
}

export interface Item {
  /** With the call of its own that the trail has of each key. */
  readonly service: Service;
  readonly own: Replication;
  readonly id: string;
}

/** @throws PairingRefused, ValidationException */
export function requirePeer(record: KeyringRecord, scope: Scope, { to, opensRoot }: ShipmentRequest): void {
  if (to.id === record.id)
    throw new PairingRefused('The other device has this very keyring, by a backup: it has all keys.');
  if (to.accountId !== scope.accountId)
    throw new PairingRefused(
      `The other device is of the account ${to.accountId}, and this one of ${scope.accountId}: open both with the same accountId.`,
    );
  if (!opensRoot) return;
  if (record.slots === undefined)
    throw new ValidationException(
      "opensRoot needs a keyring with a root in slots: kms.upgrade({ to: 'recoverable' }) makes one.",
    );
  if (to.deviceKey === undefined)
    throw new PairingRefused('The other device has no key of its own for a slot: pass deviceKey to offerDevice there.');
}

/** Leave to take keys out of a locked keyring, and the root where a slot is to be made. @throws UnlockFailed */
export async function rootFor(
  { access, scope }: IdleService,
  record: KeyringRecord,
  { opensRoot, by }: ShipmentRequest,
): Promise<Bytes | undefined> {
  const isLockable = record.custody === 'wrapped' && record.slots !== undefined;
  if (!opensRoot && !isLockable) return undefined;
  if (isLockable && by === undefined)
    throw new ValidationException(
      'by must be a method that opens one of the slots: keys leave a locked keyring with leave of its owner only.',
    );
  const root = await openRoot(access.keyring(scope), by);
  if (opensRoot) return root;
  root.fill(0);
  return undefined;
}

export async function itemsOf(service: IdleService, { keys, to }: ShipmentRequest): Promise<readonly Item[]> {
  const { access, scope } = service;
  const keyring = access.keyring(scope);
  const given = keys === 'all' ? (await primariesOf(service)).map((KeyId) => ({ KeyId })) : keys;
  const items: Item[] = [];
  for (const each of given) {
    const input = typeof each === 'string' ? { KeyId: each } : each;
    const call = new Call('ReplicateKey');
    const { access: _, ...rest } = service;
    const one: Service = { ...rest, keyring, call };
    const own = readReplication(call, { ...(input as object), ReplicaRegion: to.region });
    // A rotation that is due, or was begun, happens first.
    items.push({ service: one, own, id: (await resolveManaged(one, own.KeyId)).id });
  }
  if (new Set(items.map(({ id }) => id)).size < items.length)
    throw new ValidationException('keys must name each key once.');
  return items;
}

async function primariesOf({ access, scope }: IdleService): Promise<readonly string[]> {
  const { store, codec } = access.root().parts;
  const found: string[] = [];
  for await (const row of allRows(store, 'keys')) {
    const key = await codec.decodeOnce({ table: 'keys', id: row.id }, row);
    const isHere = row.id === keyRef(scope, key.id).id && key.isMultiRegion && isPrimary(key, scope);
    if (isHere && keyState(key) === 'Enabled') found.push(key.id);
  }
  return found;
}

/** All that ReplicateKey asks, and that the Region is free or the device's own. */
export async function requireAllowed(
  service: Service,
  key: KeyRecord,
  own: Replication,
  record: KeyringRecord,
  { id, region }: PeerDevice,
): Promise<void> {
  const { scope } = service;
  const there = { ...scope, region };
  await authorise(service, key, 'ReplicateKey', own, { 'kms:ReplicaRegion': region });
  requireReplicable(key, scope);
  if (own.Policy !== undefined)
    checkNewPolicy({ ...service, scope: there }, key, own.Policy, own.BypassPolicyLockoutSafetyCheck);
  const regions = regionsOf(key, scope);
  if (![regions.primary, ...regions.replicas].includes(region)) return;
  if (elsewhereOf(regions).includes(region) && deviceOf(record, id)?.region === region) return;
  throw new AlreadyExistsException(
    `The key ${keyArn(there, key.id)} already exists: open the other device's keyring with a Region of its own, such as openKms({ region: 'us-west-2' }).`,
  );
}
