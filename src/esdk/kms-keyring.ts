// Data keys under KMS keys: keyhaven's, or those of AWS through its own client. The encryption context goes with every call.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-kms-keyring.html
import { type Bytes, utf8 } from '../formats/bytes.ts';
import { type EncryptedDataKey, kmsProviderId } from '../formats/esdk/data-keys.ts';
import { KMSInternalException, SerializationException, ValidationException } from '../model/errors/index.ts';
import { tellAll } from '../model/listeners.ts';
import { isSameKey, type KeyArn, keyArnOf, mayNameKey, modernArn, parseKeyArn } from './key-arn.ts';
import type { DataKeyRequest, Keyring } from './keyring.ts';
import { ownOptions, texts } from './options.ts';
import type { Common, KmsClient } from './service.ts';

/** Whose keys a discovery keyring may ask for. */
export interface DiscoveryFilter {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly accountIds: readonly string[];
}

interface CommonOptions {
  /** A client, or what gives the client of a Region (undefined where there is none; such keys are passed over). */
  readonly client: KmsClient | ((region: string) => KmsClient | undefined);
  readonly grantTokens?: readonly string[];
}

/** Keys that are known. Ids may be key ARNs, and with one client also key ids, alias names and alias ARNs. */
export interface KmsKeyringOptions extends CommonOptions {
  /** Makes the data keys, and wraps them. Without, the keyring only decrypts and wraps what others have made. */
  readonly generatorKeyId?: string | undefined;
  /** Wrap the data keys as well. */
  readonly keyIds?: readonly string[] | undefined;
}

/** Whichever key a message names, if the service opens it. */
export interface KmsDiscoveryKeyringOptions extends CommonOptions {
  readonly discovery: true;
  readonly discoveryFilter?: DiscoveryFilter | undefined;
}

interface Service {
  clientOf(region: string | undefined): KmsClient | undefined;
  onLock(listener: () => void): () => void;
  readonly grantTokens: readonly string[];
}

/** One key that may open an encrypted data key: by what id it is asked for, and what ARN must answer. */
interface Attempt {
  readonly keyId: string;
  readonly region: string;
  readonly answersAs: string;
}

/** A data key of a KMS is bytes and a name; wrapped ones are at most so long. */
const mostCiphertextBytes = 6144;

/** @throws SerializationException, ValidationException */
export function kmsKeyring(options: KmsKeyringOptions | KmsDiscoveryKeyringOptions): Keyring {
  const given = ownOptions(options as KmsKeyringOptions & Partial<KmsDiscoveryKeyringOptions>, [
    ...(['client', 'grantTokens', 'generatorKeyId', 'keyIds', 'discovery', 'discoveryFilter'] as const),
  ]);
  const { generatorKeyId: generator, discovery } = given;
  const service = readService(given.client, given.grantTokens);
  const keyIds = texts('keyIds', given.keyIds);
  if (generator !== undefined && typeof generator !== 'string')
    throw new SerializationException('generatorKeyId must be a string.');
  const all = generator === undefined ? keyIds : [generator, ...keyIds];
  if (!all.every(mayNameKey))
    throw new ValidationException('generatorKeyId and keyIds must not be empty, and as ARNs name a KMS key or alias.');
  if (discovery === undefined) {
    if (all.length === 0) throw new ValidationException('A KMS keyring needs generatorKeyId, keyIds or discovery.');
    if (given.discoveryFilter !== undefined) throw new ValidationException('discoveryFilter needs discovery: true.');
    return keyringOf(service, generator, keyIds, attemptsOf(all));
  }
  if (discovery !== true) throw new SerializationException('discovery must be true where it is given.');
  if (all.length > 0) throw new ValidationException('A discovery keyring takes no generatorKeyId and no keyIds.');
  return keyringOf(service, undefined, [], discoveryOf(given.discoveryFilter));
}

const isAnswerOf = (keyId: unknown, wanted: string): boolean =>
  typeof keyId === 'string' && modernArn(keyId) === modernArn(wanted);

type Attempts = (arn: KeyArn) => readonly Attempt[];

/**
 * ARNs are compared here. Of another kind of id only the service knows which key it is: it is asked, and must answer with the ARN
 * that the message names.
 */
function attemptsOf(keyIds: readonly string[]): Attempts {
  const known = keyIds.map((keyId) => ({ keyId, arn: parseKeyArn(keyId) }));
  return (named) =>
    known.flatMap(({ keyId, arn }): Attempt[] => {
      if (arn === undefined) return [{ keyId, region: regionOf(keyId) ?? named.region, answersAs: named.text }];
      return isSameKey(arn, named) ? [{ keyId, region: arn.region, answersAs: arn.text }] : [];
    });
}

function discoveryOf(filter: unknown): Attempts {
  const accept = (arn: KeyArn): Attempt[] => [{ keyId: arn.text, region: arn.region, answersAs: arn.text }];
  if (filter === undefined) return accept;
  const { partition, accountIds } = ownOptions(
    filter as DiscoveryFilter,
    ['partition', 'accountIds'],
    'discoveryFilter',
  );
  if (typeof partition !== 'string') throw new SerializationException('discoveryFilter.partition must be a string.');
  const accounts = texts('discoveryFilter.accountIds', accountIds);
  if (partition === '' || accounts.length === 0 || accounts.includes(''))
    throw new ValidationException('discoveryFilter must name a partition and at least one account: it fits no key.');
  const isOurs = ({ text }: KeyArn) => [text, modernArn(text)].some((each) => each.startsWith(`arn:${partition}:`));
  return (arn) => (isOurs(arn) && accounts.includes(arn.accountId) ? accept(arn) : []);
}

function keyringOf(
  service: Service,
  generator: string | undefined,
  keyIds: readonly string[],
  attempts: Attempts,
): Keyring {
  async function wrapWith(
    ids: readonly string[],
    dataKey: Bytes,
    request: DataKeyRequest,
  ): Promise<EncryptedDataKey[]> {
    const wrapped: EncryptedDataKey[] = [];
    for (const KeyId of ids) {
      const client = requireClient(service, KeyId);
      // A copy, because the client is not ours and may keep or change what it gets.
      const Plaintext = dataKey.slice();
      const answer = await client.encrypt({ KeyId, Plaintext, ...common(service, request) }).finally(() => {
        Plaintext.fill(0);
      });
      wrapped.push(dataKeyOf('Encrypt', answer));
    }
    return wrapped;
  }

  return {
    async generateDataKey(request) {
      if (generator === undefined)
        throw new ValidationException('This KMS keyring has no generatorKeyId, so it cannot make data keys.');
      const NumberOfBytes = request.dataKeyLength;
      const client = requireClient(service, generator);
      const answer = await client.generateDataKey({ KeyId: generator, NumberOfBytes, ...common(service, request) });
      const dataKey = takeKey(answer.Plaintext, NumberOfBytes);
      if (dataKey === undefined)
        throw new KMSInternalException(`GenerateDataKey did not return a Plaintext of ${NumberOfBytes} bytes.`);
      try {
        const first = dataKeyOf('GenerateDataKey', answer);
        return { dataKey, encryptedDataKeys: [first, ...(await wrapWith(keyIds, dataKey, request))] };
      } catch (error) {
        dataKey.fill(0);
        throw error;
      }
    },
    async wrapDataKey(dataKey, request) {
      const all = generator === undefined ? keyIds : [generator, ...keyIds];
      if (all.length === 0) throw new ValidationException('A discovery keyring only decrypts: it has no key to wrap.');
      return wrapWith(all, dataKey, request);
    },
    async *unwrapDataKeys(encryptedDataKeys, request) {
      const failures: unknown[] = [];
      for (const { providerId, providerInfo, ciphertext } of encryptedDataKeys) {
        const arn = providerId === kmsProviderId ? keyArnOf(providerInfo) : undefined;
        if (arn === undefined || ciphertext.length === 0 || ciphertext.length > mostCiphertextBytes) continue;
        for (const { keyId: KeyId, region, answersAs } of attempts(arn)) {
          const client = service.clientOf(region);
          if (client === undefined) continue;
          try {
            const CiphertextBlob = ciphertext.slice();
            const answer = await client.decrypt({ KeyId, CiphertextBlob, ...common(service, request) });
            const dataKey = takeKey(answer.Plaintext, request.dataKeyLength);
            if (dataKey !== undefined && isAnswerOf(answer.KeyId, answersAs)) yield dataKey;
            else dataKey?.fill(0);
          } catch (error) {
            if (!isWrongKey(error)) failures.push(error);
          }
        }
      }
      if (failures.length > 0) throw failures[0];
    },
    onLock: service.onLock,
  };
}

/** By name, because the client of AWS has classes of its own. */
const isWrongKey = (error: unknown): boolean =>
  ['InvalidCiphertextException', 'IncorrectKeyException'].includes((error as Error | undefined)?.name ?? '');

function readService(client: unknown, grantTokens: unknown): Service {
  const tokens = texts('grantTokens', grantTokens);
  if (typeof client === 'function') return regionalService(tokens, client as (region: string) => KmsClient | undefined);
  if (typeof client !== 'object' || client === null)
    throw new SerializationException('client must be a KMS client, or a function that gives one for a Region.');
  const one = client as KmsClient;
  return { grantTokens: tokens, clientOf: () => one, onLock: (listener) => one.onLock?.(listener) ?? (() => {}) };
}

/** Which clients there are is known as they are asked for: each is listened to from then on. */
function regionalService(
  grantTokens: readonly string[],
  clientFor: (region: string) => KmsClient | undefined,
): Service {
  const listeners = new Set<() => void>();
  const heard = new WeakSet<KmsClient>();
  const tell = (): void => {
    tellAll(listeners);
  };
  return {
    grantTokens,
    clientOf(region) {
      const client = region === undefined ? undefined : clientFor(region);
      if (client !== undefined && !heard.has(client)) {
        heard.add(client);
        client.onLock?.(tell);
      }
      return client;
    },
    onLock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The Region of a key ARN or alias ARN. */
const regionOf = (keyId: string): string | undefined => /^arn:[^:]+:kms:([^:]+):/.exec(keyId)?.[1];

function requireClient(service: Service, keyId: string): KmsClient {
  const client = service.clientOf(regionOf(keyId));
  if (client === undefined)
    throw new ValidationException(`There is no KMS client for ${keyId}: with a function as client, give an ARN.`);
  return client;
}

function common({ grantTokens }: Service, { encryptionContext }: DataKeyRequest): Common {
  const pairs = Object.entries(encryptionContext);
  return {
    ...(pairs.length === 0 ? {} : { EncryptionContext: Object.fromEntries(pairs) }),
    ...(grantTokens.length === 0 ? {} : { GrantTokens: [...grantTokens] }),
  };
}

function dataKeyOf(
  operation: string,
  { CiphertextBlob, KeyId }: { CiphertextBlob?: Uint8Array | undefined; KeyId?: string | undefined },
): EncryptedDataKey {
  if (KeyId === undefined || parseKeyArn(KeyId) === undefined)
    throw new KMSInternalException(`${operation} did not return the ARN of a key.`);
  if (CiphertextBlob === undefined || CiphertextBlob.length === 0 || CiphertextBlob.length > mostCiphertextBytes)
    throw new KMSInternalException(`${operation} did not return a CiphertextBlob.`);
  return { providerId: kmsProviderId, providerInfo: utf8(KeyId), ciphertext: new Uint8Array(CiphertextBlob) };
}

/** A copy of a data key that a client gave, which is wiped. */
function takeKey(plaintext: Uint8Array | undefined, length: number): Bytes | undefined {
  if (plaintext === undefined) return undefined;
  const key = plaintext.length === length ? new Uint8Array(plaintext) : undefined;
  plaintext.fill(0);
  return key;
}
