// The old device: it is given the code, shows the number, and sends keys, or a slot of the root, once both users have confirmed.
import { type Bytes, isEqual } from '../formats/bytes.ts';
import { HpkeSender } from '../keys/hpke.ts';
import { randomBytes } from '../keys/random.ts';
import { SecretBox } from '../keys/secret-box.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type { SentKey, Shipment } from '../kms/device-shipment.ts';
import { PairingFailed, PairingRefused, ValidationException } from '../model/errors/index.ts';
import { checkOptions, isOn, type Known, optionsReader } from '../model/options.ts';
import { type Meeting, meetingOf, readDeviceCode } from './code.ts';
import {
  type Confirm,
  checkFunction,
  checkName,
  checkSignal,
  confirmed,
  during,
  hpkeInfo,
  type PairableKms,
  replyLabel,
  speaking,
} from './conversation.ts';
import { kinds, Line } from './line.ts';
import { decodeDone, decodeOffer, decodeReveal, encodeMessage, type Identity, nonceLength } from './messages.ts';
import { boundTo, commitmentOf, numberOf, transcriptOf } from './transcript.ts';
import type { Transport } from './transport.ts';

/** A key to pass on, and what its replica has of its own: see ReplicateKey. */
export interface KeyToAdd {
  KeyId: string;
  Description?: string | undefined;
  /** Default: the default policy of the account. */
  Policy?: string | undefined;
  BypassPolicyLockoutSafetyCheck?: boolean | undefined;
  Tags?: readonly { TagKey: string; TagValue: string }[] | undefined;
}

export interface AddOptions {
  /** What the user calls this device: 1 to 128 characters. */
  name: string;
  /** The code that the new device shows, or the text of its QR code. */
  code: string;
  /** Carries the messages, to the same place as that of the new device. */
  transport: Transport;
  /** Multi-Region keys whose primary is here, by id or ARN; `all` for every one that is enabled. Default: none. */
  keys?: 'all' | readonly (string | KeyToAdd)[] | undefined;
  /** Gives the new device a slot of the root: it opens every backup from then on. Default false. */
  opensRoot?: boolean | undefined;
  /** Opens a slot of the root: needed where the keyring is of the mode `locked`. */
  by?: UnlockMethod | undefined;
  /** Asks whether the new device shows the same number. */
  confirm: Confirm;
  /** Ends the conversation: best with a limit, such as `AbortSignal.timeout(300_000)`. */
  signal?: AbortSignal | undefined;
}

export interface AddReport {
  /** Id of the new device, for `kms.devices`. */
  id: string;
  /** As it names itself. */
  name: string;
  /** The keys that it has now. */
  keys: readonly SentKey[];
  opensRoot: boolean;
}

/**
 * Passes keys to a device that waits in `offerDevice`. The trail has a ReplicateKey for each, before anything is sent.
 * @throws KeysNotPortable for keys of which only this device can have the material
 * @throws PairingFailed, PairingRefused, TransportFailed, ValidationException, UnlockFailed, and as ReplicateKey does. Where the error
 * came after the keys were sent, it says so, and `kms.devices.list()` shows the device as `adding`
 */
export async function addDevice(kms: PairableKms, options: AddOptions): Promise<AddReport> {
  const own = optionsReader(options, {
    name: true,
    code: true,
    transport: true,
    keys: true,
    opensRoot: true,
    by: true,
    confirm: true,
    signal: true,
  });
  const name = checkName(own('name'));
  const confirm = checkFunction(own('confirm'), 'confirm');
  const transport = checkFunction(own('transport'), 'transport');
  const [by, signal, opensRoot] = [own('by'), checkSignal(own('signal')), isOn('opensRoot', own('opensRoot'))];
  const keys = copyKeys(own('keys'));
  const code = readDeviceCode(own('code') as string);
  const pairing = await kms.pairing();
  const from = { ...(await pairing.identity()), name };
  const meeting = await meetingOf(code);
  return during(signal, async (life) => {
    const line = await Line.open(transport, meeting, 'add', life);
    return speaking(line, async () => {
      const hello = encodeMessage({ from });
      await line.send(kinds.hello, hello);
      const { body: offer } = await line.receive(kinds.offer);
      const { from: other, publicKey, commitment, deviceKey } = decodeOffer(offer);
      const shipment = await pairing.prepare({ to: { ...other, deviceKey }, keys, opensRoot, by });
      try {
        const said = { hello, offer, publicKey, commitment, opensRoot, keyIds: shipment.keyIds };
        const { sender, transcript } = await meet(line, meeting, said);
        const box = await SecretBox.of(await sender.exportSecret(replyLabel));
        const number = await numberOf(transcript);
        const seen = { number, device: other.name, keys: shipment.keyIds, opensRoot, signal: life };
        const [, ready] = await Promise.all([confirmed(confirm, seen), line.receive(kinds.ready)]);
        if ((await box.open(ready.body, boundTo(transcript, kinds.ready))) === undefined)
          throw new PairingFailed('The other device is not the one that was compared. Nothing was sent.');
        const sent = await deliver(line, shipment, sender, box, transcript, other);
        return { id: other.id, name: other.name, keys: sent, opensRoot };
      } finally {
        shipment.drop();
      }
    });
  });
}

interface Said {
  readonly hello: Bytes;
  readonly offer: Bytes;
  readonly publicKey: Bytes;
  readonly commitment: Bytes;
  readonly opensRoot: boolean;
  readonly keyIds: readonly string[];
}

/** The answer and what the new device committed to. */
async function meet(line: Line, { symbols }: Meeting, said: Said) {
  const { hello, offer, publicKey, commitment, opensRoot, keyIds } = said;
  const sender = await HpkeSender.setUp(publicKey, hpkeInfo);
  if (sender === undefined) throw new PairingFailed('The other device sent a key that is none.');
  const nonce = randomBytes(nonceLength);
  const answer = encodeMessage({ encapsulated: sender.encapsulated, nonce, keys: keyIds, opensRoot });
  await line.send(kinds.answer, answer);
  const { body: reveal } = await line.receive(kinds.reveal);
  const promised = await commitmentOf(decodeReveal(reveal).nonce, hello, publicKey);
  if (!isEqual(promised, commitment))
    throw new PairingFailed(
      'The other device broke its commitment: somebody stands between the two. Nothing was sent.',
    );
  return { sender, transcript: await transcriptOf(symbols, [hello, offer, answer, reveal]) };
}

/** Everything from the commit on. */
async function deliver(
  line: Line,
  shipment: Shipment,
  sender: HpkeSender,
  box: SecretBox,
  transcript: Bytes,
  other: Identity,
): Promise<readonly SentKey[]> {
  const { pieces, keys } = await shipment.send(sender, boundTo(transcript, kinds.keys));
  let isTaken: boolean;
  try {
    for (const piece of pieces) await line.send(kinds.keys, piece);
    await line.send(kinds.end, await sender.seal(encodeMessage({}), boundTo(transcript, kinds.end)));
    const { body } = await line.receive(kinds.done);
    const opened = await box.open(body, boundTo(transcript, kinds.done));
    if (opened === undefined) throw new PairingFailed('The answer was altered.');
    isTaken = decodeDone(opened);
  } catch (cause) {
    throw new PairingFailed(
      `The keys were sent, and ${other.name} did not say whether it has them. kms.devices.list() shows it as adding: add it again, or revoke it.`,
      { cause },
    );
  }
  await shipment.settle(isTaken);
  if (!isTaken) throw new PairingRefused(`${other.name} could not take the keys, and has none of them.`);
  return keys;
}

const keyNames: Known<KeyToAdd> = {
  KeyId: true,
  Description: true,
  Policy: true,
  BypassPolicyLockoutSafetyCheck: true,
  Tags: true,
};

/** @throws ValidationException */
function copyKeys(keys: AddOptions['keys']): 'all' | readonly (string | KeyToAdd)[] {
  if (keys === undefined) return [];
  if (keys === 'all') return keys;
  if (!Array.isArray(keys)) throw new ValidationException("keys must be 'all' or an array of key ids.");
  return keys.map((key: string | KeyToAdd, index) => {
    if (typeof key === 'string') return key;
    checkOptions(key, keyNames, `keys[${index}]`);
    return { ...key, Tags: key.Tags?.map((tag) => ({ ...tag })) };
  });
}
