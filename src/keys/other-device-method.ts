// The slot that another device opens: its wrapping key is a secret that HPKE (RFC 9180) exports for the public key of that device, so
// nothing of the device is needed to make the slot, and only its private key, which nobody can read, opens it.
import { fromBase64, toBase64, utf8 } from '../formats/bytes.ts';
import { ValidationException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { type HpkePair, HpkeRecipient, HpkeSender, publicKeyLength } from './hpke.ts';
import { deriveSlotKey, type SlotPlace } from './root.ts';
import type { UnlockMethod } from './unlock-method.ts';

const infoOf = ({ keyring, slot }: SlotPlace): Bytes => utf8(`keyhaven/v1/device-slot\0${keyring}\0${slot}`);
const exportLabel = utf8('keyhaven/v1/device-slot-key');

/** The method as the keyring has it that the slot is of. @param publicBytes of the other device: 65 bytes */
export function otherDeviceMethod(publicBytes: Bytes, label: string): UnlockMethod {
  return {
    kind: 'other-device',
    label,
    async enrol(place) {
      const sender = await HpkeSender.setUp(publicBytes, infoOf(place));
      if (sender === undefined)
        throw new ValidationException('publicKey must be the public key of a device: 65 bytes.');
      const key = await keyOf(await sender.exportSecret(exportLabel), place);
      const parameters = { publicKey: toBase64(publicBytes), encapsulated: toBase64(sender.encapsulated) };
      return { key, parameters };
    },
    // The private key is on the other device.
    slotKey: async () => undefined,
  };
}

/** The method as the other device itself has it. */
export function ownDeviceMethod(pair: HpkePair, label: string): UnlockMethod {
  const publicKey = toBase64(pair.publicBytes);
  return {
    ...otherDeviceMethod(pair.publicBytes, label),
    async slotKey({ parameters, place }) {
      const encapsulated = parameters['publicKey'] === publicKey ? decode(parameters['encapsulated']) : undefined;
      const recipient = encapsulated && (await HpkeRecipient.setUp(pair, encapsulated, infoOf(place)));
      return recipient && keyOf(await recipient.exportSecret(exportLabel), place);
    },
  };
}

/** The public key that a slot is for; undefined where its parameters are none of this kind. */
export const publicKeyOfSlot = (parameters: Readonly<Record<string, string | number>>): Bytes | undefined =>
  decode(Object.hasOwn(parameters, 'publicKey') ? parameters['publicKey'] : undefined);

async function keyOf(secret: Bytes, place: SlotPlace): Promise<CryptoKey> {
  try {
    return await deriveSlotKey(secret, 'other-device', place);
  } finally {
    secret.fill(0);
  }
}

function decode(value: string | number | undefined): Bytes | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]{87}=$/.test(value)) return undefined;
  const bytes = fromBase64(value);
  return bytes.length === publicKeyLength ? bytes : undefined;
}
