// openSealer: reads the options once, makes the first data key.
import { encodeEncryptionContext } from '../formats/encryption-context.ts';
import { ValidationException } from '../model/errors/index.ts';
import { keyIdMember } from '../model/members.ts';
import { checkFunctions, checkMethods, checkService, exactly } from '../model/options.ts';
import { flag, readRequest, type Shape, textMap } from '../model/shape.ts';
import { indexedDbStore } from '../store/indexeddb.ts';
import type { Store } from '../store/port.ts';
import { DataKeySource } from './data-key-source.ts';
import { Sealer } from './sealer.ts';
import type { SealerKms } from './service.ts';

export interface SealerOptions {
  /** The KMS key: id, ARN, alias name or alias ARN. */
  KeyId: string;
  /** What records are bound to; the same is needed to open them. Not stored. */
  EncryptionContext?: Record<string, string> | undefined;
  /** Records under one data key, 1 to 2^32. Default 2^24. */
  maxMessages?: number | undefined;
  /** Bytes of plaintext under one data key. Default 2^36 (64 GiB). */
  maxBytes?: number | undefined;
  /** Milliseconds that a data key stays in memory. Default one hour. */
  maxAge?: number | undefined;
  /** Where the wrapped data keys lie, which are needed to open records later. Default: IndexedDB `keyhaven:sealer`. */
  store?: Store | undefined;
  /** Wipes all data keys when the page is hidden for good or put aside (`pagehide`). Default false. */
  wipeOnPageHide?: boolean | undefined;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  clock?: (() => number) | undefined;
}

const any: Shape<unknown> = (value) => value;
const positive =
  (most: number): Shape<number> =>
  (value, place) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > most) {
      throw new ValidationException(`${place.argument} must be a whole number from 1 to ${most}.`);
    }
    return value;
  };

const optionsShape = exactly(
  { KeyId: keyIdMember },
  {
    EncryptionContext: textMap,
    maxMessages: positive(2 ** 32),
    maxBytes: positive(Number.MAX_SAFE_INTEGER),
    maxAge: positive(Number.MAX_SAFE_INTEGER),
    store: any,
    wipeOnPageHide: flag,
    clock: any,
  },
);

/** A store as far as data keys need one. */
export type WrappedKeyStore = Pick<Store, 'read' | 'commit'>;

/**
 * A sealer that has no data key yet: the first is made by `ready()`, or by the first `sealAsync`.
 * @param store where the wrapped data keys lie
 * @internal
 */
export function makeSealer(kms: SealerKms, options: SealerOptions, store?: WrappedKeyStore): Sealer {
  checkService(kms, 'generateDataKey', 'decrypt');
  const read = readRequest(optionsShape, options);
  checkFunctions({ clock: read.clock });
  if (read.store !== undefined)
    checkMethods('store', read.store, ['read', 'commit'], 'a store, such as memoryStore() gives');
  const pairs = read.EncryptionContext ?? [];
  const source = new DataKeySource({
    kms,
    keyId: read.KeyId,
    store: store ?? (read.store as Store | undefined) ?? indexedDbStore('sealer'),
    context: Object.fromEntries(pairs),
    contextBytes: encodeEncryptionContext(pairs),
  });
  const limits = {
    maxMessages: read.maxMessages ?? 2 ** 24,
    maxBytes: read.maxBytes ?? 2 ** 36,
    maxAge: read.maxAge ?? 3_600_000,
  };
  const sealer = new Sealer(source, limits, (read.clock as (() => number) | undefined) ?? Date.now);
  // The service outlives its sealers, and must not keep them.
  const weak = new WeakRef(sealer);
  kms.onLock?.(() => weak.deref()?.wipe());
  if (read.wipeOnPageHide) {
    globalThis.addEventListener?.('pagehide', () => sealer.wipe(), { capture: false, once: false, passive: true });
  }
  return sealer;
}

/**
 * Opens a sealer: records are sealed and opened at once, under a data key of the KMS that lives in memory for a while.
 * @param kms anything with `generateDataKey` and `decrypt` of the AWS SDK
 * @throws the errors of the KMS as they are, and of the store
 */
export async function openSealer(kms: SealerKms, options: SealerOptions): Promise<Sealer> {
  const sealer = makeSealer(kms, options);
  await sealer.ready();
  return sealer;
}
