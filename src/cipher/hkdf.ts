// HKDF (RFC 5869) of the platform.
import { nodeCrypto } from './node-crypto.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Derives one result for each info, all of the same length.
 * @param hash `SHA-256`, `SHA-384` or `SHA-512`
 * @param key the input key; the caller wipes it when this has returned
 * @param salt may be empty
 * @param length bytes of each result
 */
export async function hkdf(
  hash: string,
  key: Bytes,
  salt: Bytes,
  infos: readonly Bytes[],
  length: number,
): Promise<Bytes[]> {
  const node = nodeCrypto;
  if (node !== undefined)
    return infos.map((info) => new Uint8Array(node.hkdfSync(hash.replace('-', ''), key, salt, info, length)));
  const { subtle } = globalThis.crypto;
  const handle = await subtle.importKey('raw', key, { name: 'HKDF' }, false, ['deriveBits']);
  return Promise.all(
    infos.map(async (info) => {
      const parameters = { name: 'HKDF', hash: { name: hash }, salt, info };
      return new Uint8Array(await subtle.deriveBits(parameters, handle, 8 * length));
    }),
  );
}
