// Several keyrings as one: each of them can open the message.
import type { Bytes } from '../formats/bytes.ts';
import type { EncryptedDataKey } from '../formats/esdk/data-keys.ts';
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import type { DataKeyRequest, Keyring } from './keyring.ts';
import { ownOptions, requireKeyring } from './options.ts';

export interface MultiKeyringOptions {
  /** Makes the data keys. Without, the keyring only decrypts. */
  readonly generator?: Keyring | undefined;
  /** Wrap what the generator has made. */
  readonly children?: readonly Keyring[] | undefined;
}

/** @throws SerializationException, ValidationException */
export function multiKeyring(options: MultiKeyringOptions): Keyring {
  const { generator, children = [] } = ownOptions(options, ['generator', 'children']);
  if (!Array.isArray(children)) throw new SerializationException('children must be an array of keyrings.');
  const others = [...children] as Keyring[];
  const all = generator === undefined ? others : [generator, ...others];
  for (const keyring of all) requireKeyring(keyring);
  if (all.length === 0) throw new ValidationException('A multi-keyring needs a generator or children.');

  async function wrapDataKey(dataKey: Bytes, request: DataKeyRequest, by = all): Promise<EncryptedDataKey[]> {
    const wrapped: EncryptedDataKey[] = [];
    for (const keyring of by) wrapped.push(...(await keyring.wrapDataKey(dataKey, request)));
    return wrapped;
  }

  return {
    async generateDataKey(request) {
      if (generator === undefined)
        throw new ValidationException('This multi-keyring has no generator: it can decrypt, and not encrypt.');
      const { dataKey, encryptedDataKeys } = await generator.generateDataKey(request);
      try {
        return { dataKey, encryptedDataKeys: [...encryptedDataKeys, ...(await wrapDataKey(dataKey, request, others))] };
      } catch (error) {
        dataKey.fill(0);
        throw error;
      }
    },
    wrapDataKey: (dataKey, request) => wrapDataKey(dataKey, request),
    async *unwrapDataKeys(encryptedDataKeys, request) {
      const failures: unknown[] = [];
      for (const keyring of all) {
        try {
          yield* keyring.unwrapDataKeys(encryptedDataKeys, request);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
    onLock(listener) {
      const ends = all.map((keyring) => keyring.onLock?.(listener));
      return () => {
        for (const end of ends) end?.();
      };
    },
  };
}
