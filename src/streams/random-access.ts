// Any part of an encrypted stream, wherever it lies: what is given is made a source, and opened.
import { SerializationException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';
import { type OpenOptions, openNames } from './decrypt-stream.ts';
import { type EncryptedReader, type EncryptedSource, openEncrypted } from './encrypted-reader.ts';
import type { DataKeyOpener } from './service.ts';
import { blobSource } from './sources/blob.ts';
import { type FileHandle, fileSource, type SyncAccessHandle, syncAccessSource } from './sources/file-handle.ts';
import { type Fetch, httpSource } from './sources/http.ts';

/** A Blob or File, a file handle, a sync access handle of a worker, an address that answers Range requests, or a source of your own. */
export type RandomAccessSource = Blob | FileHandle | SyncAccessHandle | URL | string | EncryptedSource;

export interface RandomAccessOptions extends OpenOptions {
  /** In place of the global `fetch`, for addresses: to send credentials or headers. */
  readonly fetch?: Fetch | undefined;
  /** Stops requests for addresses. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens an encrypted stream for reading any part of it. Only the chunks that hold the part are read and opened.
 * @param kms anything with the `decrypt` of the AWS SDK; it is asked once, now
 * @throws SerializationException where the source is nothing of the kind
 * @throws StreamSourceFailed where a server does not answer ranges
 * @throws InvalidCiphertextException, StreamTruncated, and the errors of the KMS as they are
 */
export async function openRandomAccess(
  kms: DataKeyOpener,
  source: RandomAccessSource,
  options: RandomAccessOptions = {},
): Promise<EncryptedReader> {
  checkOptions(options, { ...openNames, fetch: true, signal: true });
  const { fetch: request, signal, ...opening } = { fetch: undefined, signal: undefined, ...options };
  return openEncrypted(kms, await sourceOf(source, request, signal), opening);
}

const has = <K extends string>(value: unknown, ...methods: readonly K[]): value is Record<K, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((method) => typeof (value as Partial<Record<K, unknown>>)[method] === 'function');

function sourceOf(
  source: RandomAccessSource,
  given: Fetch | undefined,
  signal: AbortSignal | undefined,
): EncryptedSource | Promise<EncryptedSource> {
  if (typeof source === 'string' || source instanceof URL) {
    return httpSource(source, given ?? ((url, init) => fetch(url, init)), signal);
  }
  if (source instanceof Blob) return blobSource(source);
  if (has(source, 'getFile')) return fileSource(source as FileHandle);
  if (has(source, 'getSize', 'read')) return syncAccessSource(source as SyncAccessHandle);
  if (has(source, 'read')) return source as EncryptedSource;
  throw new SerializationException(
    'source must be a Blob, a file handle, an address, or an object with size and read(offset, length).',
  );
}
