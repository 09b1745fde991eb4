// The file of a backup, written and read piece by piece.
import { nativeGcm } from '../../cipher/native.ts';
import {
  type BackupHeader,
  backupHeaderLength,
  backupPrefixLength,
  encodeBackupHeader,
  parseBackupHeader,
  sealedFileKeyLength,
} from '../../formats/backup.ts';
import { concat, isEqual, toHex } from '../../formats/bytes.ts';
import {
  chunkLength,
  chunkNonce,
  deriveMessageKeys,
  type MessageKeys,
  prefixLength,
  saltLength,
  sealedChunkLength,
  tagLength,
} from '../../formats/cobblestone.ts';
import { type Custody, copyOf } from '../../keys/custody.ts';
import { sha256 } from '../../keys/digest.ts';
import { importMaterial, materialLength, prfOf } from '../../keys/material.ts';
import { randomBytes } from '../../keys/random.ts';
import { BackupCorrupt, KeyUndecryptable } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';

/** Gives so many bytes of a file, fewer only at its end. */
export type Take = (length: number) => Promise<Bytes>;

/** What the key of a file is wrapped for: the header, so that it opens no other file. */
async function labelOf(header: Bytes): Promise<string> {
  return `backup/${toHex(await sha256(header))}`;
}

/** Writes a file. @param custody wraps the key of the file under the root */
export async function* writeFile(
  custody: Custody,
  header: BackupHeader,
  rows: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes> {
  const headerBytes = encodeBackupHeader(header);
  const fileKey = randomBytes(materialLength);
  const kept = await custody.seal(await labelOf(headerBytes), fileKey);
  const front = concat(headerBytes, copyOf(kept) ?? kept.value);
  const prf = prfOf(await importMaterial(fileKey));
  fileKey.fill(0);
  const salt = randomBytes(saltLength);
  const { cipher, baseNonce, commitment } = await cipherOf(await deriveMessageKeys(prf, salt, front));
  yield concat(front, salt, commitment);
  let waiting: Bytes = new Uint8Array(0);
  let index = 0;
  for await (const row of rows) {
    waiting = concat(waiting, row);
    // A chunk that is full is never the last.
    for (; waiting.length >= chunkLength; index++) {
      yield await cipher.seal(chunkNonce(baseNonce, index), waiting.slice(0, chunkLength));
      waiting = waiting.subarray(chunkLength);
    }
  }
  yield await cipher.seal(chunkNonce(baseNonce, index), waiting);
}

export interface OpenedFile {
  readonly header: BackupHeader;
  /** All bytes before the salt: what the message is bound to. */
  readonly front: Bytes;
  readonly sealedKey: Bytes;
  readonly headerBytes: Bytes;
}

/** Reads what stands in front. @throws BackupCorrupt where it is no backup */
export async function readFront(take: Take): Promise<OpenedFile> {
  const prefix = await take(backupPrefixLength);
  const length = backupHeaderLength(prefix);
  if (length === undefined) throw new BackupCorrupt('The file is not a backup of keyhaven, or of a newer version.');
  const json = await take(length);
  const header = json.length === length ? parseBackupHeader(json) : undefined;
  const sealedKey = await take(sealedFileKeyLength);
  if (header === undefined || sealedKey.length !== sealedFileKeyLength) throw damaged();
  const headerBytes = concat(prefix, json);
  return { header, headerBytes, sealedKey, front: concat(headerBytes, sealedKey) };
}

/** Reads the rows. Nothing of a chunk is given out before its tag was checked. @throws BackupCorrupt */
export async function* readRows(custody: Custody, file: OpenedFile, take: Take): AsyncGenerator<Bytes> {
  const prf = await prfOfFile(custody, file);
  const prefix = await take(prefixLength);
  if (prefix.length !== prefixLength) throw damaged();
  const keys = await deriveMessageKeys(prf, prefix.subarray(0, saltLength), file.front);
  const { cipher, baseNonce, commitment } = await cipherOf(keys);
  if (!isEqual(commitment, prefix.subarray(saltLength))) throw damaged();
  for (let index = 0; ; index++) {
    const sealed = await take(sealedChunkLength);
    if (sealed.length < tagLength) throw damaged();
    yield await cipher.open(chunkNonce(baseNonce, index), sealed).catch(() => {
      throw damaged();
    });
    if (sealed.length < sealedChunkLength) return;
  }
}

async function prfOfFile(custody: Custody, { headerBytes, sealedKey }: OpenedFile) {
  const label = await labelOf(headerBytes);
  let fileKey: Bytes | undefined;
  try {
    fileKey = await custody.open(label, { value: sealedKey, key: undefined });
    return prfOf(await importMaterial(fileKey));
  } catch (error) {
    throw error instanceof KeyUndecryptable ? damaged() : error;
  } finally {
    fileKey?.fill(0);
  }
}

async function cipherOf({ key, baseNonce, commitment }: MessageKeys) {
  try {
    return { cipher: await nativeGcm(key), baseNonce, commitment };
  } finally {
    key.fill(0);
  }
}

export const damaged = (): BackupCorrupt =>
  new BackupCorrupt('The backup was cut or changed. Take another copy of it; nothing was taken from this one.');
