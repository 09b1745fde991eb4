// Encrypted data keys: who can open the data key of a message, and what they need for it.
import type { ByteReader } from '../byte-reader.ts';
import { type Bytes, compareBytes, concat, utf8 } from '../bytes.ts';
import { uint16, uint32 } from './integers.ts';

export interface EncryptedDataKey {
  /** Which kind of keyring: `aws-kms`, or the namespace of a raw key. */
  readonly providerId: string;
  /** Which key of that keyring: an ARN, a name, a name with parameters. */
  readonly providerInfo: Bytes;
  readonly ciphertext: Bytes;
}

export const kmsProviderId = 'aws-kms';

const field = (bytes: Uint8Array): Bytes => concat(uint16(bytes.length), bytes);

export const encodeDataKey = ({ providerId, providerInfo, ciphertext }: EncryptedDataKey): Bytes =>
  concat(field(utf8(providerId)), field(providerInfo), field(ciphertext));

/** False where a part is longer than its length of 2 bytes can say. */
export const isEncodable = ({ providerId, providerInfo, ciphertext }: EncryptedDataKey): boolean =>
  [utf8(providerId), providerInfo, ciphertext].every(({ length }) => length <= 0xffff);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws BytesMissing; TypeError where the provider id is not UTF-8 */
export function readDataKey(reader: ByteReader): EncryptedDataKey {
  const [providerId, providerInfo, ciphertext] = [reader.field(), reader.field(), reader.field()];
  return { providerId: decoder.decode(providerId), providerInfo, ciphertext };
}

const ivLength = 12;
const parameters = concat(uint32(128), uint32(ivLength));

/** What follows the name in the provider info of a raw AES key: the tag's length in bits, the IV's in bytes, the IV. */
export const encodeAesInfo = (name: Bytes, iv: Bytes): Bytes => concat(name, parameters, iv);

/** The IV of a raw AES key of that name, or undefined where the provider info is another's. */
export function ivOfAesInfo(name: Bytes, info: Bytes): Bytes | undefined {
  const end = name.length + parameters.length;
  const isOurs = info.length === end + ivLength && compareBytes(info.subarray(0, end), concat(name, parameters)) === 0;
  return isOurs ? info.subarray(end) : undefined;
}
