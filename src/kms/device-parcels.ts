// What a conversation of two devices (keyhaven/devices) asks of a service, on either side.
import { parseParcel } from '../formats/device-parcel.ts';
import { type Taken, takeKeys } from '../keyring/devices/taking.ts';
import type { Scope } from '../model/arn.ts';
import { PairingFailed } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { readBack } from './asymmetric.ts';
import type { PeerDevice, ShipmentRequest } from './device-rules.ts';
import { Shipment } from './device-shipment.ts';
import { requireRoom } from './key-quota.ts';
import type { IdleService } from './service.ts';

export type { PeerDevice, ShipmentRequest };

export interface Pairing {
  /** What this device tells of itself. @throws KeyLocked */
  identity(): Promise<Scope & { readonly id: string }>;
  /** Finds out what may go to another device. Changes nothing. */
  prepare(request: ShipmentRequest): Promise<Shipment>;
  /**
   * Takes the keys of a parcel, all or none. The parcel is wiped.
   * @throws PairingFailed where it is none, or not for this Region; AlreadyExistsException, KeysNotKept
   */
  take(from: Omit<PeerDevice, 'deviceKey'>, parcel: Bytes): Promise<Taken>;
}

export function pairingOf(service: IdleService): Pairing {
  const { access, scope } = service;
  return {
    async identity() {
      const { id } = await access.keyring(scope).change((draft) => draft.keyring());
      return { id, ...scope };
    },
    prepare: (request) => Shipment.prepare(service, request),
    take: (from, parcel) => take(service, from, parcel),
  };
}

async function take(
  { access, scope }: IdleService,
  from: Omit<PeerDevice, 'deviceKey'>,
  parcel: Bytes,
): Promise<Taken> {
  const keys = parseParcel(parcel);
  parcel.fill(0);
  const areHere = keys?.every(
    ({ regions }) => regions.replicas.includes(scope.region) && regions.primary !== scope.region,
  );
  if (keys === undefined || !areHere) throw new PairingFailed('The other device sent what are no keys for this one.');
  try {
    const keyring = access.keyring(scope);
    const { id, name, accountId, region } = from;
    const device = { id, name, accountId, region, addedAt: keyring.now, state: 'added' } as const;
    return await takeKeys(keyring, device, keys, {
      readBack: (key, materialId) => readBack({ keyring }, key, materialId),
      requireRoom: (record) => requireRoom(keyring, record),
    });
  } finally {
    for (const { materials } of keys) for (const { bytes } of materials) bytes?.fill(0);
  }
}
