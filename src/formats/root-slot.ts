// A slot: the root of a keyring under the wrapping key of one unlock method, with what the method needs to make that key again.
// The header is readable by anyone and authenticated by the wrap, so a slot opens with its own parameters or not at all.
import { type Bytes, concat, utf8 } from './bytes.ts';

/** What opens a slot. */
export type SlotKind = 'device' | 'passkey' | 'passphrase' | 'recovery-code' | 'secret' | 'kms' | 'other-device';

export const slotKinds: readonly SlotKind[] = [
  'device',
  'passkey',
  'passphrase',
  'recovery-code',
  'secret',
  'kms',
  'other-device',
];

/** What a method needs to make its wrapping key again: public values. */
export type SlotParameters = Readonly<Record<string, string | number>>;

export interface SlotHeader {
  /** Id of the keyring whose root it holds: 32 hex digits. */
  readonly keyring: string;
  /** Id of the slot: 32 hex digits. */
  readonly slot: string;
  readonly kind: SlotKind;
  /** The user's words for it. */
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly parameters: SlotParameters;
}

export interface Slot {
  readonly header: SlotHeader;
  /** The header as it was written: the additional data of the wrap. */
  readonly headerBytes: Bytes;
  /** Nonce (12), the root (32) and tag (16). */
  readonly sealed: Bytes;
}

const format = 0xd1;
const prefixLength = 4;
export const sealedRootLength = 60;
const mostHeader = 8192;

/** The first bytes of a slot, which its wrap authenticates. */
export function encodeSlotHeader(header: SlotHeader): Bytes {
  const { keyring, slot, kind, label, createdAt, parameters } = header;
  const json = utf8(JSON.stringify({ keyring, slot, kind, label, createdAt, parameters }));
  if (json.length > mostHeader) throw new RangeError(`The header of a slot must be at most ${mostHeader} bytes.`);
  return concat(Uint8Array.of(format, 1, json.length >> 8, json.length & 0xff), json);
}

export const encodeSlot = (headerBytes: Bytes, sealed: Bytes): Bytes => concat(headerBytes, sealed);

/** @returns undefined for what is no slot */
export function parseSlot(value: Bytes): Slot | undefined {
  if (value.length < prefixLength || value[0] !== format || value[1] !== 1) return undefined;
  const length = ((value[2] as number) << 8) | (value[3] as number);
  if (length > mostHeader || value.length !== prefixLength + length + sealedRootLength) return undefined;
  const headerBytes = value.slice(0, prefixLength + length);
  const header = parseHeader(headerBytes.subarray(prefixLength));
  return header && { header, headerBytes, sealed: value.slice(prefixLength + length) };
}

function parseHeader(bytes: Bytes): SlotHeader | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isPlain(json)) return undefined;
  const own = (name: string): unknown => (Object.hasOwn(json, name) ? json[name] : undefined);
  const [keyring, slot, kind, label, createdAt] = ['keyring', 'slot', 'kind', 'label', 'createdAt'].map(own);
  const parameters = own('parameters');
  const isFit =
    isId(keyring) &&
    isId(slot) &&
    slotKinds.some((known) => known === kind) &&
    typeof label === 'string' &&
    Number.isSafeInteger(createdAt) &&
    isPlain(parameters) &&
    Object.values(parameters).every((value) => typeof value === 'string' || Number.isFinite(value));
  if (!isFit) return undefined;
  // Without a prototype, so that a parameter that is missing is missing.
  const copy: Record<string, string | number> = Object.assign(Object.create(null), parameters);
  return {
    keyring,
    slot,
    kind: kind as SlotKind,
    label: label as string,
    createdAt: createdAt as number,
    parameters: copy,
  };
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
