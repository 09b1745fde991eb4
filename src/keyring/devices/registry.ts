// The other devices that a keyring knows, in its own row: who has which keys, the records of the keys say (`elsewhere`).
import { type DeviceRecord, mostDevices } from '../../model/device-record.ts';
import { LimitExceededException } from '../../model/errors/index.ts';
import type { KeyringRecord } from '../tables.ts';

/** Read as an own member, because most keyrings have none. */
export const devicesOf = (record: KeyringRecord): readonly DeviceRecord[] =>
  (Object.hasOwn(record, 'devices') ? record.devices : undefined) ?? [];

export const deviceOf = (record: KeyringRecord, id: string): DeviceRecord | undefined =>
  devicesOf(record).find((device) => device.id === id);

/** With a device, in place of what was known of it. @throws LimitExceededException */
export function withDevice(record: KeyringRecord, device: DeviceRecord): KeyringRecord {
  const others = devicesOf(record).filter(({ id }) => id !== device.id);
  if (others.length >= mostDevices)
    throw new LimitExceededException(`A keyring has at most ${mostDevices} devices: revoke one first.`);
  return { ...record, devices: [...others, device] };
}

export const withoutDevice = (record: KeyringRecord, id: string): KeyringRecord => ({
  ...record,
  devices: devicesOf(record).filter((device) => device.id !== id),
});
