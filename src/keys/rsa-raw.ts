// RSA on numbers (RFC 8017, section 5), for digests that WebCrypto would hash once more. JavaScript's integers do not run in
// constant time. So message and exponents are blinded with fresh randomness on every call: what can be measured from outside
// has nothing to do with the key. The result is checked before it is given out, because a faulty one would reveal the factors.

import { DerReader, padTo } from '../formats/der.ts';
import type { Bytes } from '../model/shape.ts';
import { randomBytes } from './random.ts';

export interface RsaPublicNumbers {
  readonly n: bigint;
  readonly e: bigint;
  /** Bytes of the modulus. */
  readonly size: number;
}

interface RsaPrivateNumbers extends RsaPublicNumbers {
  readonly p: bigint;
  readonly q: bigint;
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qInverse: bigint;
}

/** @param key RSAPublicKey (RFC 8017, appendix A.1.1) @throws RangeError */
export function readRsaPublic(key: Bytes): RsaPublicNumbers {
  const body = new DerReader(key).sequence();
  const modulus = body.unsigned();
  const exponent = body.unsigned();
  body.end();
  return { n: toNumber(modulus), e: toNumber(exponent), size: modulus.length };
}

/** @param key RSAPrivateKey with two primes (appendix A.1.2) @throws RangeError */
function readRsaPrivate(key: Bytes): RsaPrivateNumbers {
  const body = new DerReader(key).sequence();
  if (body.unsigned().length > 0) throw new RangeError('Not an RSA key of two primes.');
  const modulus = body.unsigned();
  const e = toNumber(body.unsigned());
  body.unsigned(); // d: the remainders below say the same
  const [p, q, dp, dq, qInverse] = Array.from({ length: 5 }, () => toNumber(body.unsigned())) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return { n: toNumber(modulus), e, size: modulus.length, p, q, dp, dq, qInverse };
}

/** RSAVP1: the public operation. @returns undefined where the number is not below the modulus */
export function rsaPublic({ n, e, size }: RsaPublicNumbers, input: Bytes): Bytes | undefined {
  const number = toNumber(input);
  return number < n ? fromNumber(power(number, e, n), size) : undefined;
}

/** RSASP1: the private operation. @param key RSAPrivateKey @param input as long as the modulus, and below it */
export function rsaPrivate(key: Bytes, input: Bytes): Bytes {
  const { n, e, size, p, q, dp, dq, qInverse } = readRsaPrivate(key);
  const message = toNumber(input);
  if (message >= n) throw new RangeError('The message is not below the modulus.');
  const blind = (toNumber(randomBytes(size + 8)) % (n - 2n)) + 2n;
  const unblind = inverse(blind, n);
  const blinded = (message * power(blind, e, n)) % n;
  // d + k (p - 1) is the same exponent as d.
  const mp = power(blinded % p, dp + toNumber(randomBytes(8)) * (p - 1n), p);
  const mq = power(blinded % q, dq + toNumber(randomBytes(8)) * (q - 1n), q);
  const h = (((mp - mq) % p) + p) * qInverse;
  const result = ((mq + (h % p) * q) * unblind) % n;
  if (power(result, e, n) !== message) throw new Error('The RSA key does not fit together.');
  return fromNumber(result, size);
}

/** base ^ exponent mod modulus, with the same steps for every exponent of a length: four bits at a time. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers = [1n];
  for (let i = 1; i < 16; i++) powers.push(((powers[i - 1] as bigint) * base) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % modulus;
    result = (result * (powers[Number.parseInt(digit, 16)] as bigint)) % modulus;
  }
  return result;
}

/** The inverse of a random number. @throws RangeError where there is none, which would mean a factor was found */
function inverse(number: bigint, modulus: bigint): bigint {
  let [r0, r1] = [modulus, number];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  if (r0 !== 1n) throw new RangeError('The number has no inverse.');
  return t0 < 0n ? t0 + modulus : t0;
}

const toNumber = (bytes: Uint8Array): bigint =>
  BigInt(`0x0${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);

function fromNumber(number: bigint, size: number): Bytes {
  const hex = number.toString(16);
  const digits = hex.length % 2 === 0 ? hex : `0${hex}`;
  return padTo(
    Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    size,
  );
}
