// The other devices of a keyring: `kms.devices`. Adding one is a conversation of two devices (keyhaven/devices); what that asks of a
// service is in device-parcels.ts.
import { deviceOf, devicesOf, withDevice } from '../keyring/devices/registry.ts';
import {
  detachDevice,
  type HeldKey,
  keysOfDevice,
  rotateHeld,
  type Unrotated,
  type UnrotatedReason,
} from '../keyring/devices/revocation.ts';
import { renewRoot } from '../keyring/root/renewal.ts';
import { knownSlots } from '../keyring/root/slot-changes.ts';
import { checkMethod } from '../keyring/root/slots.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { keyArn } from '../model/arn.ts';
import type { DeviceRecord } from '../model/device-record.ts';
import { ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import type { IdleService } from './service.ts';

export interface DeviceReport {
  /** Id of its keyring: 32 hex digits. */
  id: string;
  /** As it named itself when it was added. */
  name: string;
  accountId: string;
  /** The Region that its keys are of. */
  region: string;
  addedAt: Date;
  /**
   * `adding`: keys were sent, and it never said that it has them: take it for one that has. `added`. `revoking`: revoking it was begun
   * and not finished; do it again.
   */
  state: 'adding' | 'added' | 'revoking';
  /** True where it opens a slot of the root, and so every backup. */
  opensRoot: boolean;
  /** ARNs, as they are here, of the keys that it has too. */
  keys: readonly string[];
}

export interface RevokeOptions {
  /** For a device that opens the root: the methods that open the new one. All other methods end, but those of other devices. */
  slots?: readonly UnlockMethod[] | undefined;
  /** Opens a slot of the old root, of a locked keyring. */
  by?: UnlockMethod | undefined;
}

export interface RevokeReport {
  /** ARNs of the keys that have new material, which the device does not have. */
  rotated: readonly string[];
  /** Keys that have no new material. What is made with them from now on is open to the device as before. */
  notRotated: readonly NotRotated[];
}

export interface NotRotated {
  KeyId: string;
  Arn: string;
  /**
   * `KEY_SPEC`: keys of this kind have one material for life: make a new one. `IMPORTED`: import new material and rotate. All else is
   * the state of the key: enable it and rotate.
   */
  reason: UnrotatedReason;
}

export interface Devices {
  /** The other devices, in the order in which they were added. @throws KeyLocked */
  list(): Promise<readonly DeviceReport[]>;
  /**
   * Takes leave of a device, such as one that was lost: its slot goes and the root is renewed, every key that it has gets new material,
   * and where it had the primary of a multi-Region key, this device has it from now on. What was sealed before, and keys that cannot be
   * rotated, stay open to it.
   * @throws ValidationException, UnlockFailed; nothing was changed then. What is cut off is taken up by calling again.
   */
  revoke(id: string, options?: RevokeOptions): Promise<RevokeReport>;
}

export async function listDevices({ access }: IdleService): Promise<readonly DeviceReport[]> {
  const keyring = access.root();
  const devices = devicesOf(await keyring.change((draft) => draft.keyring()));
  const reports: DeviceReport[] = [];
  for (const { slot, ...device } of devices) {
    const { id, name, accountId, region, state } = device;
    const keys = (await keysOfDevice(keyring, device)).map(arnOf);
    const addedAt = new Date(device.addedAt);
    reports.push({ id, name, accountId, region, addedAt, state, opensRoot: slot !== undefined, keys });
  }
  return reports;
}

const arnOf = ({ scope, key }: HeldKey): string => keyArn(scope, key.id);

export async function revokeDevice(service: IdleService, id: string, options: RevokeOptions): Promise<RevokeReport> {
  const { access } = service;
  const own = optionsReader(options, { slots: true, by: true });
  const [given, by] = [own('slots') ?? [], own('by')];
  if (!Array.isArray(given)) throw new ValidationException('slots must be an array of unlock methods.');
  const slots = given.map((method, index) => checkMethod(method, `slots[${index}]`));
  if (by !== undefined) checkMethod(by, 'by');
  const record = await access.root().change((draft) => draft.keyring());
  const device = requireDevice(deviceOf(record, id), id);
  const hasOldRoot = device.slot !== undefined && record.slots !== undefined && device.isRootRenewed !== true;
  if (hasOldRoot) await renew(service, device, slots, by);
  const since = await begin(service, id);
  const keyring = access.root();
  const { rotated, unrotated } = await rotateHeld(keyring, device, since);
  await detachDevice(keyring, device);
  return { rotated: rotated.map(arnOf), notRotated: unrotated.map(reportOf) };
}

/** The new root and the mark of the device are one commit. */
async function renew(
  { access }: IdleService,
  device: DeviceRecord,
  slots: readonly UnlockMethod[],
  by: UnlockMethod | undefined,
): Promise<void> {
  if (slots.length === 0)
    throw new ValidationException(
      `slots must name the methods that are to open the new root, such as passphrase(...): ${device.name} opens the old one.`,
    );
  const keyring = access.root();
  const { otherDeviceMethod, publicKeyOfSlot } = await import('../keys/other-device-method.ts');
  const { slots: marks = [] } = await keyring.change((draft) => draft.keyring());
  // Nobody opens these here, so only the hash of the row says that the public key in it is the one that was given.
  const again = (await knownSlots(keyring)).flatMap(({ slot: { header } }) => {
    const publicBytes = header.kind === 'other-device' ? publicKeyOfSlot(header.parameters) : undefined;
    if (publicBytes === undefined || header.slot === device.slot) return [];
    if (marks.find(({ id }) => id === header.slot)?.hash === undefined)
      throw new ValidationException(
        `The slot ${header.slot} of ${header.label} was made by an older version, and nothing vouches for its public key: add that device again, or remove the slot.`,
      );
    return [{ id: header.slot, method: otherDeviceMethod(publicBytes, header.label) }];
  });
  const now = keyring.now;
  const adjust: Parameters<typeof renewRoot>[1]['adjust'] = (record) => {
    const known = deviceOf(record, device.id);
    return known === undefined ? record : withDevice(record, { ...revoking(known, now), isRootRenewed: true });
  };
  const since = access.lockCount;
  const custody = await renewRoot(keyring, { slots, again, by, adjust });
  await access.reopen(since, { custody });
}

const revoking = (device: DeviceRecord, now: number): DeviceRecord => ({
  ...device,
  state: 'revoking',
  revokingSince: device.revokingSince ?? now,
});

/** @returns when the revoking began */
const begin = ({ access }: IdleService, id: string): Promise<number> =>
  access.root().change(async (draft) => {
    const record = await draft.keyring();
    const device = revoking(requireDevice(deviceOf(record, id), id), draft.now);
    await draft.putKeyring(withDevice(record, device));
    return device.revokingSince ?? draft.now;
  });

function requireDevice(device: DeviceRecord | undefined, id: string): DeviceRecord {
  if (device !== undefined) return device;
  throw new ValidationException(`There is no device ${id}: devices.list() says which there are.`);
}

const reportOf = ({ scope, key, reason }: Unrotated): NotRotated => ({
  KeyId: key.id,
  Arn: keyArn(scope, key.id),
  reason,
});
