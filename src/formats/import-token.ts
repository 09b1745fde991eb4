// Import tokens: what GetParametersForImport gave out, under a MAC, so that nothing but the private wrapping key need be kept.
// See docs/formats.md.
import { keyIdFromHex, keyIdHex } from '../model/arn.ts';
import { type Wrapping, wrappingAlgorithms, wrappingKeySpecs } from '../model/imports.ts';
import { type Bytes, concat, fromHex, toHex } from './bytes.ts';

const format = 0xa3;
const version = 0x01;
const bodyLength = 45;
const macLength = 32;

export interface ImportToken {
  readonly keyId: string;
  readonly wrapping: Wrapping;
  /** Milliseconds since 1970. */
  readonly validTo: number;
  /** 32 hex digits: names the wrapping key. */
  readonly wrappingKeyId: string;
}

/** The bytes of a token to which the MAC is added. */
export function encodeTokenBody({ keyId, wrapping, validTo, wrappingKeyId }: ImportToken): Bytes {
  const date = new Uint8Array(8);
  new DataView(date.buffer).setBigUint64(0, BigInt(validTo));
  const algorithm = wrappingAlgorithms.indexOf(wrapping.algorithm);
  const keySpec = wrappingKeySpecs.indexOf(wrapping.keySpec);
  return concat(
    Uint8Array.of(format, version, keyId.startsWith('mrk-') ? 1 : 0),
    fromHex(keyIdHex(keyId)),
    Uint8Array.of(algorithm, keySpec),
    date,
    fromHex(wrappingKeyId),
  );
}

/** Takes a token apart; undefined where it is not one. Nothing of it is true before the MAC was checked. */
export function parseToken(token: Bytes): { token: ImportToken; body: Bytes; mac: Bytes } | undefined {
  if (token.length !== bodyLength + macLength || token[0] !== format || token[1] !== version) return undefined;
  const algorithm = wrappingAlgorithms[token[19] ?? -1];
  const keySpec = wrappingKeySpecs[token[20] ?? -1];
  if (algorithm === undefined || keySpec === undefined || (token[2] ?? 2) > 1) return undefined;
  return {
    token: {
      keyId: keyIdFromHex(toHex(token.subarray(3, 19)), token[2] === 1),
      wrapping: { algorithm, keySpec },
      validTo: Number(new DataView(token.buffer, token.byteOffset).getBigUint64(21)),
      wrappingKeyId: toHex(token.subarray(29, bodyLength)),
    },
    body: token.slice(0, bodyLength),
    mac: token.slice(bodyLength),
  };
}
