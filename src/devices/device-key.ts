// The key of this device, for a slot of another device's root: a pair whose private half nobody can read, in a store of its own, so that
// it outlives the keyring beside it. Whoever can read the profile on the disk can use it: see docs/devices.md.
import { isEqual, utf8 } from '../formats/bytes.ts';
import {
  generateHpkePair,
  type HpkePair,
  HpkeRecipient,
  HpkeSender,
  importHpkePublicKey,
  isHpkePrivateKey,
} from '../keys/hpke.ts';
import { otherDeviceMethod, ownDeviceMethod } from '../keys/other-device-method.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { KeysNotKept, StoreCorrupt, ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import { type Bytes, isBytes } from '../model/shape.ts';
import { indexedDbStore } from '../store/indexeddb.ts';
import type { Row, Store } from '../store/port.ts';

const ref = { table: 'slots', id: 'device-key' } as const;

/** The key of this device, for slots of other devices' roots. Made by `deviceKey`. */
export class DeviceKey {
  readonly #pair: HpkePair;

  /** @internal */
  constructor(pair: HpkePair) {
    this.#pair = pair;
  }

  /** 65 bytes, for `otherDevice`. */
  get publicKey(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#pair.publicBytes);
  }

  /** Opens the slot that another device made for this one: for `kms.unlock`, and `by` of `kms.import`. */
  get method(): UnlockMethod {
    return ownDeviceMethod(this.#pair, 'this device');
  }
}

/**
 * The key of this device; it is made once.
 * @param options.store Default: the IndexedDB database `keyhaven:this-device`
 * @throws KeysNotKept where the store does not keep CryptoKeys; StoreCorrupt; StoreUnavailable
 */
export async function deviceKey(options: { store?: Store | undefined } = {}): Promise<DeviceKey> {
  const store = optionsReader(options, { store: true })('store') ?? indexedDbStore('this-device');
  if (!store.holdsCryptoKeys)
    throw new KeysNotKept('This store cannot hold a CryptoKey, so the key of the device would be gone tomorrow.');
  const [found] = await store.read([ref]);
  if (found !== undefined) return new DeviceKey(await pairOf(found));
  const { privateKey, publicBytes } = await generateHpkePair();
  // Where another tab was faster, its key is the one.
  await store.commit([{ ...ref, version: undefined }], [{ ...ref, value: publicBytes, key: privateKey }], 'strict');
  const [row] = await store.read([ref]);
  if (row === undefined) throw new KeysNotKept('The key of the device cannot be read back from the store.');
  return new DeviceKey(await pairOf(row));
}

/** A slot of this keyring that another device opens, for `kms.slots.add`. @param publicKey of its `deviceKey()`: 65 bytes */
export function otherDevice(publicKey: Uint8Array, options: { label?: string | undefined } = {}): UnlockMethod {
  if (!isBytes(publicKey) || publicKey.length !== 65)
    throw new ValidationException('publicKey must be the 65 bytes that deviceKey() of the other device has.');
  const label = optionsReader(options, { label: true })('label') ?? 'another device';
  if (typeof label !== 'string') throw new ValidationException('label must be a string.');
  return otherDeviceMethod(new Uint8Array(publicKey), label);
}

/** @throws StoreCorrupt where the two halves do not belong together */
async function pairOf({ key, value }: Row): Promise<HpkePair> {
  const publicBytes = new Uint8Array(value);
  const publicKey = await importHpkePublicKey(publicBytes);
  if (isHpkePrivateKey(key) && publicKey !== undefined) {
    const pair = { privateKey: key, publicKey, publicBytes };
    if (await isPair(pair)) return pair;
  }
  throw new StoreCorrupt(
    'The key of this device is not what keyhaven stored. Remove the database and add the device again.',
  );
}

async function isPair(pair: HpkePair): Promise<boolean> {
  const info = utf8('keyhaven/v1/device-key-check');
  const sender = await HpkeSender.setUp(pair.publicBytes, info);
  const recipient = sender && (await HpkeRecipient.setUp(pair, sender.encapsulated, info));
  if (sender === undefined || recipient === undefined) return false;
  const [a, b]: Bytes[] = await Promise.all([sender.exportSecret(info), recipient.exportSecret(info)]);
  return a !== undefined && b !== undefined && isEqual(a, b);
}
