// What wraps the data keys of messages. A keyring makes a data key, wraps one that was made by another, and unwraps: the data keys
// that it gives for a message are candidates, of which the message's own header tells the right one.
import type { Bytes } from '../formats/bytes.ts';
import type { EncryptedDataKey } from '../formats/esdk/data-keys.ts';
import type { AlgorithmSuite } from '../formats/esdk/suites.ts';

/** What a data key is for. */
export interface DataKeyRequest {
  readonly suite: AlgorithmSuite;
  /** Bytes of the data key. */
  readonly dataKeyLength: number;
  /** All of the encryption context: what the message stores, and what it does not. Its keys are own properties. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  /** The same, serialised: the additional data of a raw AES key. */
  readonly serializedContext: Bytes;
  /**
   * False where a message stores its context in another order than the serialisation has. A keyring that binds the bytes of the
   * serialisation passes over such a message, so that for each of its messages there is one form.
   */
  readonly isContextSorted: boolean;
}

export interface GeneratedDataKey {
  /** Owned by the caller, who wipes it. */
  readonly dataKey: Bytes;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
}

/** A keyring. Those of this folder are used as they are; whoever writes one keeps to what is said here. */
export interface Keyring {
  /** Makes a data key and wraps it. */
  generateDataKey(request: DataKeyRequest): Promise<GeneratedDataKey>;
  /** Wraps a data key that another keyring has made: once for each key that this one wraps with. */
  wrapDataKey(dataKey: Bytes, request: DataKeyRequest): Promise<readonly EncryptedDataKey[]>;
  /**
   * Gives what the encrypted data keys unwrap to, in their order, one when it is asked for. Keys of others are passed over, and
   * so are those that do not unwrap. The caller owns and wipes what it gets, and stops at the key that opens the header.
   *
   * @throws after the last one, where something other than a wrong key kept one from being unwrapped: a service that was not
   * reached, a key that is disabled, a caller without leave
   */
  unwrapDataKeys(encryptedDataKeys: readonly EncryptedDataKey[], request: DataKeyRequest): AsyncGenerator<Bytes, void>;
  /** Calls a listener each time the keys behind it are locked, where they can be. @returns ends it */
  onLock?(listener: () => void): () => void;
}
