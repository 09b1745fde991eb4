// The new device: it shows a code, waits for the old one, shows the number, and takes the keys once its user has confirmed.
import { type Bytes, concat } from '../formats/bytes.ts';
import { generateHpkePair, HpkeRecipient } from '../keys/hpke.ts';
import { randomBytes } from '../keys/random.ts';
import { SecretBox } from '../keys/secret-box.ts';
import type { Pairing } from '../kms/device-parcels.ts';
import { mostParcelBytes } from '../model/device-record.ts';
import { PairingFailed, ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import { meetingOf, newDeviceCode, qrText } from './code.ts';
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
import { DeviceKey } from './device-key.ts';
import { kinds, Line } from './line.ts';
import { decodeAnswer, decodeHello, encodeMessage, type Identity, nonceLength } from './messages.ts';
import { boundTo, commitmentOf, numberOf, transcriptOf } from './transcript.ts';
import type { Transport } from './transport.ts';

export interface OfferOptions {
  /** What the user calls this device: 1 to 128 characters. */
  name: string;
  /** Carries the messages: see `broadcastChannelTransport` and `httpRelayTransport`. */
  transport: Transport;
  /** Shows the code to the user, who types it in on the old device, or scans the text as a QR code. */
  onCode: (shown: ShownCode) => void;
  /** Asks whether the old device shows the same number. */
  confirm: Confirm;
  /** The key of this device, where it is to get a slot of the root: `await deviceKey()`. */
  deviceKey?: DeviceKey | undefined;
  /** Ends the conversation: best with a limit, such as `AbortSignal.timeout(300_000)`. */
  signal?: AbortSignal | undefined;
}

export interface ShownCode {
  /** 16 letters and digits in groups of four. */
  readonly code: string;
  /** The text of a QR code that says the same. */
  readonly qr: string;
}

export interface OfferReport {
  /** Id of the device that the keys came from, for `kms.devices`. */
  id: string;
  /** As it names itself. */
  name: string;
  /** Ids of the keys that are new here. */
  added: readonly string[];
  /** Ids of keys that were here, and have all material of the old device now. */
  updated: readonly string[];
}

/**
 * Makes this device one that takes keys: shows a code and waits for `addDevice` on a device that has them. They become replicas in the
 * account and Region of `kms`, all of them or none.
 * @throws PairingFailed, PairingRefused, TransportFailed, KeyLocked, AlreadyExistsException, KeysNotKept, the reason of `signal`:
 * nothing was taken then
 */
export async function offerDevice(kms: PairableKms, options: OfferOptions): Promise<OfferReport> {
  const own = optionsReader(options, {
    name: true,
    transport: true,
    onCode: true,
    confirm: true,
    deviceKey: true,
    signal: true,
  });
  const name = checkName(own('name'));
  const onCode = checkFunction(own('onCode'), 'onCode');
  const confirm = checkFunction(own('confirm'), 'confirm');
  const transport = checkFunction(own('transport'), 'transport');
  const [deviceKey, signal] = [own('deviceKey'), checkSignal(own('signal'))];
  if (deviceKey !== undefined && !(deviceKey instanceof DeviceKey))
    throw new ValidationException('deviceKey must be what `await deviceKey()` gives.');
  const pairing = await kms.pairing();
  const from = { ...(await pairing.identity()), name };
  const code = newDeviceCode();
  const meeting = await meetingOf(code);
  return during(signal, async (life) => {
    const line = await Line.open(transport, meeting, 'offer', life);
    return speaking(line, async () => {
      onCode({ code, qr: qrText(code) });
      const { other, recipient, transcript, seen } = await meet(line, meeting.symbols, from, deviceKey?.publicKey);
      const box = await SecretBox.of(await recipient.exportSecret(replyLabel));
      const number = await numberOf(transcript);
      // Heard while the user compares, so that an end of the other side ends that.
      const first = line.receive(kinds.keys, kinds.end);
      const agreed = confirmed(confirm, { ...seen, number, device: other.name, signal: life }).then(async () => {
        const ready = await box.seal(encodeMessage({}), boundTo(transcript, kinds.ready));
        await line.send(kinds.ready, ready);
      });
      await Promise.all([agreed, first]);
      const parcel = await receiveParcel(line, recipient, transcript, await first);
      const done = async (isTaken: boolean) =>
        line.send(kinds.done, await box.seal(encodeMessage({ isTaken }), boundTo(transcript, kinds.done)));
      const { added, updated } = await takeAndTell(pairing, other, parcel, done);
      return { id: other.id, name: other.name, added, updated };
    });
  });
}

/** The four messages before the number. */
async function meet(line: Line, symbols: string, from: Identity, deviceKey: Bytes | undefined) {
  const { body: hello } = await line.receive(kinds.hello);
  const { from: other } = decodeHello(hello);
  const pair = await generateHpkePair();
  const nonce = randomBytes(nonceLength);
  const commitment = await commitmentOf(nonce, hello, pair.publicBytes);
  const offer = encodeMessage({ from, publicKey: pair.publicBytes, commitment, deviceKey });
  await line.send(kinds.offer, offer);
  const { body: answer } = await line.receive(kinds.answer);
  const { encapsulated, keys, opensRoot } = decodeAnswer(answer);
  const reveal = encodeMessage({ nonce });
  await line.send(kinds.reveal, reveal);
  const recipient = await HpkeRecipient.setUp(pair, encapsulated, hpkeInfo);
  if (recipient === undefined) throw new PairingFailed('The other device sent a key that is none.');
  const transcript = await transcriptOf(symbols, [hello, offer, answer, reveal]);
  return { other, recipient, transcript, seen: { keys, opensRoot } };
}

async function receiveParcel(
  line: Line,
  recipient: HpkeRecipient,
  transcript: Bytes,
  first: Awaited<ReturnType<Line['receive']>>,
): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let length = 0;
  try {
    for (let message = first; ; message = await line.receive(kinds.keys, kinds.end)) {
      const piece = await recipient.open(message.body, boundTo(transcript, message.kind));
      if (piece === undefined) throw new PairingFailed('The keys were altered on their way. Nothing was taken.');
      if (message.kind === kinds.end) return concat(...pieces);
      pieces.push(piece);
      length += piece.length;
      if (length > mostParcelBytes) throw new PairingFailed('The other device sends too much.');
    }
  } finally {
    for (const piece of pieces) piece.fill(0);
  }
}

/** Tells the old device how it ended: what it says of this one depends on it. */
async function takeAndTell(
  pairing: Pairing,
  other: Identity,
  parcel: Bytes,
  done: (isTaken: boolean) => Promise<void>,
) {
  try {
    const taken = await pairing.take(other, parcel);
    // The keys are here, whether or not the old device hears of it: it takes this one for one that has them.
    await done(true).catch(() => {});
    return taken;
  } catch (error) {
    await done(false).catch(() => {});
    throw error;
  }
}
