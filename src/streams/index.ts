// `keyhaven/streams`: files and everything longer than a KMS message, under a data key of any KMS.
export { type DecryptStreamOptions, decryptStream } from './decrypt-stream.ts';
export { type EncryptStreamOptions, encryptStream } from './encrypt-stream.ts';
export { type EncryptedReader, type EncryptedSource, openEncrypted } from './encrypted-reader.ts';
export { type RewrapOptions, rewrapHeader } from './rewrap.ts';
export type { DataKeyMaker, DataKeyOpener, DataKeyRewrapper } from './service.ts';
export type { StreamPair } from './stream-pair.ts';
