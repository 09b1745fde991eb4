// Streams on the side of the keys. Their code is loaded when the first one is opened.
import type { DecryptStreamOptions, EncryptStreamOptions, StreamPair } from '../../streams/index.ts';
import type { StreamOperation } from '../protocol/messages.ts';

export interface StreamPage {
  ask(operation: StreamOperation, request: unknown): Promise<unknown>;
  onLock(listener: () => void): () => void;
}

/**
 * Encrypts or decrypts, with data keys that `ask` gets.
 * @param page `ask` carries one call out, as the page whose stream it is; `onLock` tells of a lock
 */
export async function openStreamPair(
  operation: StreamOperation,
  options: unknown,
  { ask, onLock }: StreamPage,
): Promise<StreamPair> {
  const { decryptStream, encryptStream } = await import('../../streams/index.ts');
  const call =
    (name: StreamOperation) =>
    async (request: unknown): Promise<{ Plaintext?: Uint8Array; CiphertextBlob?: Uint8Array }> =>
      (await ask(name, request)) as { Plaintext?: Uint8Array; CiphertextBlob?: Uint8Array };
  return operation === 'Decrypt'
    ? decryptStream({ decrypt: call('Decrypt'), onLock }, options as DecryptStreamOptions)
    : encryptStream({ generateDataKey: call('GenerateDataKey'), onLock }, options as EncryptStreamOptions);
}
