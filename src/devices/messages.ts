// The messages of a conversation before the number is compared: JSON of few members, read strictly.
import { fromBase64, toBase64 } from '../formats/bytes.ts';
import { publicKeyLength } from '../keys/hpke.ts';
import { isRegion } from '../model/arn.ts';
import { PairingFailed } from '../model/errors/index.ts';
import { type Bytes, flag, list, type Read, readRequest, type Shape, structure, text } from '../model/shape.ts';

export interface Identity {
  /** Id of the keyring: 32 hex digits. */
  readonly id: string;
  /** The user's words for the device. */
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
}
export interface Hello {
  readonly from: Identity;
}
export interface Offer {
  readonly from: Identity;
  readonly publicKey: Bytes;
  readonly commitment: Bytes;
  readonly deviceKey: Bytes | undefined;
}
export interface Answer {
  readonly encapsulated: Bytes;
  readonly nonce: Bytes;
  /** Ids of the keys that are to come. */
  readonly keys: readonly string[];
  readonly opensRoot: boolean;
}
export interface Reveal {
  readonly nonce: Bytes;
}

export const nonceLength = 32;
export const mostNameLength = 128;

/** Base64 of so many bytes, written the one way there is. */
function bytesOf(length: number): Shape<Bytes> {
  const size = 4 * Math.ceil(length / 3);
  const encoded = text({ min: size, max: size, pattern: '[A-Za-z0-9+/]+={0,2}' });
  return (value, place, violations) => {
    const given = encoded(value, place, violations);
    if (violations.length > 0) return new Uint8Array(0);
    const bytes = fromBase64(given);
    if (bytes.length !== length || toBase64(bytes) !== given) violations.push('not canonical');
    return bytes;
  };
}

const identityShape = structure(
  {
    id: text({ min: 32, max: 32, pattern: '[0-9a-f]{32}' }),
    // Without what would show as something else: control characters, and marks that turn the direction of writing.
    name: text({ min: 1, max: mostNameLength, pattern: '[^\\u0000-\\u001f\\u007f\\u202a-\\u202e\\u2066-\\u2069]+' }),
    accountId: text({ min: 12, max: 12, pattern: '\\d{12}' }),
    region: text({ min: 1, max: 32 }),
  },
  {},
);
const helloShape = structure({ from: identityShape }, {});
const offerShape = structure(
  { from: identityShape, publicKey: bytesOf(publicKeyLength), commitment: bytesOf(nonceLength) },
  { deviceKey: bytesOf(publicKeyLength) },
);
const answerShape = structure(
  {
    encapsulated: bytesOf(publicKeyLength),
    nonce: bytesOf(nonceLength),
    keys: list(text({ min: 1, max: 64 }), { min: 0, max: 1000 }),
    opensRoot: flag,
  },
  {},
);
const revealShape = structure({ nonce: bytesOf(nonceLength) }, {});
const doneShape = structure({ isTaken: flag }, {});

const encoder = new TextEncoder();
/** Bytes are written as base64. */
export const encodeMessage = (message: object): Bytes =>
  encoder.encode(
    JSON.stringify(message, (_, value: unknown) => (value instanceof Uint8Array ? toBase64(value) : value)),
  ) as Bytes;

/** @throws PairingFailed */
function decode<T>(shape: Shape<T>, body: Bytes): T {
  try {
    return readRequest(shape, JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)));
  } catch {
    throw new PairingFailed('The other device sent a message that is none. It may be of a newer version.');
  }
}

function identityOf(read: Read<typeof identityShape>): Identity {
  if (!isRegion(read.region)) throw new PairingFailed('The other device sent a message that is none.');
  return read;
}

export function decodeHello(body: Bytes): Hello {
  return { from: identityOf(decode(helloShape, body).from) };
}

export function decodeOffer(body: Bytes): Offer {
  const { from, publicKey, commitment, deviceKey } = decode(offerShape, body);
  return { from: identityOf(from), publicKey, commitment, deviceKey };
}

export const decodeAnswer = (body: Bytes): Answer => decode(answerShape, body);
export const decodeReveal = (body: Bytes): Reveal => decode(revealShape, body);
/** Whether the new device has the keys. */
export const decodeDone = (body: Bytes): boolean => decode(doneShape, body).isTaken;
