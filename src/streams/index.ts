// `keyhaven/streams`: files and everything longer than a KMS message, under a data key of any KMS.
export { type DecryptBlobOptions, decryptBlob, encryptBlob } from './blobs.ts';
export { type DecryptStreamOptions, decryptStream, type OpenOptions } from './decrypt-stream.ts';
export { type EncryptStreamOptions, encryptStream } from './encrypt-stream.ts';
export { type EncryptedReader, type EncryptedSource, openEncrypted } from './encrypted-reader.ts';
export type { FlowOptions, StreamProgress } from './flow-options.ts';
export { gcmDecryptStream, gcmDecryptStreamUnverified } from './gcm-decrypt-stream.ts';
export { type GcmEncryptStream, gcmEncryptStream } from './gcm-encrypt-stream.ts';
export type { GcmDecryptOptions, GcmEncryptOptions, GcmOptions } from './gcm-options.ts';
export { openRandomAccess, type RandomAccessOptions, type RandomAccessSource } from './random-access.ts';
export { type RangeResponseOptions, rangeResponse } from './range-response.ts';
export { type RewrapOptions, rewrapHeader } from './rewrap.ts';
export type { DataKeyMaker, DataKeyOpener, DataKeyRewrapper } from './service.ts';
export type { FileHandle, SyncAccessHandle } from './sources/file-handle.ts';
export type { Fetch } from './sources/http.ts';
export type { StreamPair } from './stream-pair.ts';
export { openStreamWorkers, type WorkerOption } from './workers/place.ts';
export type { StreamWorkers, StreamWorkersOptions } from './workers/pool.ts';
export type { StreamWorker } from './workers/protocol.ts';
