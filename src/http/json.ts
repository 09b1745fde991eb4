// AWS JSON 1.1: requests as the service takes them, and replies as clients read them. Blobs are base64, timestamps are seconds
// since 1970, absent members are left out. Which members a request may have, and their limits, is the service's business.

import { fromBase64, toBase64 } from '../formats/base64.ts';
import { SerializationException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';

/** Members that are blobs, in whichever request they stand. */
const blobs: ReadonlySet<string> = new Set([
  'CiphertextBlob',
  'EncryptedKeyMaterial',
  'ImportToken',
  'Mac',
  'Message',
  'Plaintext',
  'PublicKey',
  'SharedSecretCiphertextBlob',
  'Signature',
]);
const blobsOfRecipient: ReadonlySet<string> = new Set(['AttestationDocument']);
const timestamps: ReadonlySet<string> = new Set(['ValidTo']);
const none: ReadonlySet<string> = new Set();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the body of a request. Members that no operation knows are kept: the operation does not look at them.
 * @throws SerializationException where the body is not a JSON object, or a blob or a timestamp is not what it must be
 */
export function decodeRequest(body: Bytes): Record<string, unknown> {
  const request = parseObject(body);
  const decoded = decodeMembers(request, blobs, timestamps);
  const recipient = decoded['Recipient'];
  if (isObject(recipient)) decoded['Recipient'] = decodeMembers(recipient, blobsOfRecipient, none);
  return decoded;
}

function parseObject(body: Bytes): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch {
    throw new SerializationException('The body of the request is not JSON.');
  }
  if (!isObject(value)) throw new SerializationException('The body of the request must be a JSON object.');
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy without a prototype, so that no name means more than its member. */
function decodeMembers(
  members: Record<string, unknown>,
  blobs: ReadonlySet<string>,
  timestamps: ReadonlySet<string>,
): Record<string, unknown> {
  const decoded: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(members)) {
    if (value === null) continue;
    if (blobs.has(name)) decoded[name] = decodeBlob(name, value);
    else if (timestamps.has(name)) decoded[name] = decodeTimestamp(name, value);
    else decoded[name] = value;
  }
  return decoded;
}

function decodeBlob(name: string, value: unknown): Bytes {
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  if (bytes === undefined) throw new SerializationException(`${name} must be a base64 string.`);
  return bytes;
}

function decodeTimestamp(name: string, value: unknown): Date {
  const date = new Date(typeof value === 'number' ? value * 1000 : Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw new SerializationException(`${name} must be a number of seconds since 1970-01-01T00:00:00Z.`);
  return date;
}

/** Writes a reply. `$metadata` belongs to the SDK and is not sent. */
export const encodeReply = (reply: object): string => {
  const { $metadata, ...members } = reply as Record<string, unknown>;
  return JSON.stringify(encodeValue(members));
};

function encodeValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (ArrayBuffer.isView(value)) return toBase64(value as Uint8Array);
  if (Array.isArray(value)) return value.map(encodeValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([name, member]) => [name, encodeValue(member)]),
  );
}
