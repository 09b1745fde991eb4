// Reads the metadata of an encrypted S3 object, with or without its instruction file. Anything that is not exactly one of the
// formats is refused: two formats at once, entries of another one, values of another length.
import { fromBase64 } from '../base64.ts';
import type { Bytes } from '../bytes.ts';
import { decodeMetadataText, decodePairs, type Pairs } from './metadata-text.ts';
import {
  type CommittingHeader,
  commitmentLength,
  contentEntries,
  gcmIvLength,
  keyEntries,
  type LegacyWrapAlgorithm,
  legacyWrapAlgorithms,
  messageIdLength,
  mostWrappedKeyBytes,
  type ObjectHeader,
  type PlainHeader,
  plainEntries,
  reservedEntries,
  type WrapAlgorithm,
  wrapAlgorithms,
  wrapCodes,
  wrapEntries,
} from './object.ts';

/** Entries of the S3 Encryption Client under their names in lower case. */
export type Entries = ReadonlyMap<string, string>;

/**
 * Takes the client's entries out of user metadata, whose names have no case.
 * @returns undefined where an entry comes twice
 */
export function metadataEntries(metadata: Pairs): Entries | undefined {
  const entries = new Map<string, string>();
  for (const [name, value] of metadata) {
    const lower = name.toLowerCase();
    if (!reservedEntries.has(lower)) continue;
    if (entries.has(lower)) return undefined;
    entries.set(lower, hasJson.has(lower) ? decodeMetadataText(value) : value);
  }
  return entries;
}

const hasJson: ReadonlySet<string> = new Set(['x-amz-matdesc', 'x-amz-t', 'x-amz-m']);

/** The client of PHP writes these into instruction files as numbers. */
const lengths = ['x-amz-tag-len', 'x-amz-unencrypted-content-length'];

/**
 * Takes the entries out of the body of an instruction file.
 * @returns undefined where it is not a JSON object of strings, or an entry in it comes twice or has no place there
 */
export function instructionEntries(text: string): Entries | undefined {
  const pairs = decodePairs(text, lengths);
  const entries = new Map<string, string>();
  for (const [name, value] of pairs ?? []) {
    const lower = name.toLowerCase();
    if (entries.has(lower) || contentEntries.includes(lower)) return undefined;
    if (reservedEntries.has(lower)) entries.set(lower, value);
  }
  return pairs && entries;
}

/** True where the data key must be looked for in an instruction file, if the object is encrypted at all. */
export const lacksKey = (entries: Entries): boolean => !Object.values(keyEntries).some((name) => entries.has(name));

/**
 * @param object entries of the object's own metadata
 * @param instruction entries of its instruction file, where the object has none of a data key
 * @returns `absent` where there is no data key: the object was not encrypted by this client, or has an instruction file;
 * undefined where the entries are of no format
 */
export function readHeader(object: Entries, instruction: Entries | undefined): ObjectHeader | 'absent' | undefined {
  const entries = new Map(object);
  for (const [name, value] of instruction ?? []) {
    if (entries.has(name)) return undefined;
    entries.set(name, value);
  }
  const formats = (['v1', 'v2', 'v3'] as const).filter((format) => entries.has(keyEntries[format]));
  if (formats.length === 0) return 'absent';
  if (formats.length > 1) return undefined;
  return formats[0] === 'v3' ? readCommitting(entries) : readPlain(entries, formats[0] as 'v1' | 'v2');
}

function readCommitting(entries: Entries): CommittingHeader | undefined {
  if (has(entries, plainEntries) || entries.get('x-amz-c') !== '115') return undefined;
  const wrapAlgorithm = wrapCodes.get(entries.get('x-amz-w') ?? '');
  const wrappedKey = wrapped(entries, keyEntries.v3);
  const messageId = bytes(entries, 'x-amz-i', messageIdLength);
  const commitment = bytes(entries, 'x-amz-d', commitmentLength);
  const [used, other] = wrapAlgorithm === 'kms+context' ? ['x-amz-t', 'x-amz-m'] : ['x-amz-m', 'x-amz-t'];
  // The client of Go writes both, and leaves the one that does not belong to the wrapping empty.
  const description = decodePairs(entries.get(used as string) || '{}');
  if (!wrapAlgorithm || !wrappedKey || !messageId || !commitment || !description) return undefined;
  // A message id of zeros was not drawn at random by anyone.
  if (entries.get(other as string) || messageId.every((byte) => byte === 0)) return undefined;
  return { format: 'v3', contentAlgorithm: '115', wrapAlgorithm, wrappedKey, description, messageId, commitment };
}

function readPlain(entries: Entries, format: 'v1' | 'v2'): PlainHeader | undefined {
  if (has(entries, contentEntries) || has(entries, wrapEntries)) return undefined;
  const cbc = 'AES/CBC/PKCS5Padding';
  const contentAlgorithm = entries.get('x-amz-cek-alg') ?? (format === 'v1' ? cbc : undefined);
  const isCbc = contentAlgorithm === cbc;
  if (!isCbc && (contentAlgorithm !== 'AES/GCM/NoPadding' || format === 'v1')) return undefined;
  // CBC has no tag: some clients leave its length out, that of C++ writes 0.
  const tagBits = isCbc ? undefined : entries.get('x-amz-tag-len');
  if (tagBits !== undefined && tagBits !== '128') return undefined;
  const iv = bytes(entries, 'x-amz-iv', isCbc ? 16 : gcmIvLength);
  const wrappedKey = wrapped(entries, keyEntries[format]);
  // Format v1 does not name the wrapping: under AES a data key of 32 bytes has 48, under RSA it has more.
  const unnamed = (wrappedKey?.length ?? 0) > 48 ? 'RSA' : 'AES';
  const wrapAlgorithm = entries.get('x-amz-wrap-alg') ?? (format === 'v1' ? unnamed : undefined);
  const description = decodePairs(entries.get('x-amz-matdesc') ?? '{}');
  if (!isWrapAlgorithm(wrapAlgorithm) || !iv || !wrappedKey || !description) return undefined;
  return { format, contentAlgorithm, wrapAlgorithm, wrappedKey, description, iv };
}

const isWrapAlgorithm = (name: string | undefined): name is WrapAlgorithm | LegacyWrapAlgorithm =>
  ([...wrapAlgorithms, ...legacyWrapAlgorithms] as (string | undefined)[]).includes(name);
const has = (entries: Entries, names: readonly string[]): boolean => names.some((name) => entries.has(name));

function bytes(entries: Entries, name: string, length: number): Bytes | undefined {
  const text = entries.get(name);
  const value = text === undefined || text.length > 4 * length ? undefined : fromBase64(text);
  return value?.length === length ? value : undefined;
}

function wrapped(entries: Entries, name: string): Bytes | undefined {
  const text = entries.get(name) ?? '';
  const value = text.length > 2 * mostWrappedKeyBytes ? undefined : fromBase64(text);
  return value !== undefined && value.length >= 1 && value.length <= mostWrappedKeyBytes ? value : undefined;
}
