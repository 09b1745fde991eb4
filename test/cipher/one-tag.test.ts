// A message with one tag, piece by piece, against the same message in one call of WebCrypto: every way of working, random sizes, additional
// data, pieces, and pieces in flight.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { CoreMessage } from '../../src/cipher/one-tag/core-message.ts';
import {
  add,
  type Field,
  lengthBlock,
  loadField,
  one,
  power,
  rootAndInverse,
  wordField,
} from '../../src/cipher/one-tag/field.ts';
import { type OneTagMessage, Position } from '../../src/cipher/one-tag/message.ts';
import { beginOneTagMessage, readOneTagOptions } from '../../src/cipher/one-tag/open.ts';
import { PlatformMessage } from '../../src/cipher/one-tag/platform-message.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { random } from '../support/bytes.ts';
import { errorName } from './engines.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const { subtle } = crypto;

const importKey = (key: Bytes, name: 'AES-GCM' | 'AES-CTR' = 'AES-GCM'): Promise<CryptoKey> =>
  subtle.importKey('raw', key, { name }, false, ['encrypt']);

/** Bounds by which random cases are drawn: a number below `limit`. */
function below(limit: number): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word % limit;
}

interface Case {
  readonly key: Bytes;
  readonly iv: Bytes;
  readonly aad: Bytes;
  readonly plaintext: Bytes;
  /** Ciphertext and tag of WebCrypto in one call. */
  readonly expected: Bytes;
  readonly piece: number;
  readonly depth: number;
}

async function drawn(index: number): Promise<Case> {
  const [key, iv] = [random(index % 2 === 0 ? 16 : 32), random(12)];
  const aad = random(index % 3 === 0 ? 0 : below(index % 7 === 0 ? 3000 : 50));
  const plaintext = random(index < 60 ? index : below(index % 5 === 0 ? 9000 : 800));
  const piece = 16 * (1 + below(index % 2 === 0 ? 8 : 64));
  const algorithm = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
  const expected = new Uint8Array(await subtle.encrypt(algorithm, await importKey(key), plaintext));
  return { key, iv, aad, plaintext, expected, piece, depth: 1 + (index % 4) };
}

/** Hands pieces to a message, some of them in flight together, and joins what comes out. */
async function inPieces(
  { piece, depth }: Case,
  input: Bytes,
  work: (piece: Bytes) => Promise<unknown>,
): Promise<Bytes> {
  const output: number[] = [];
  const inFlight: Promise<unknown>[] = [];
  const settle = async () => {
    const result = await inFlight.shift();
    if (result instanceof Uint8Array) output.push(...result);
  };
  for (let at = 0; at < input.length; at += piece) {
    const part = input.slice(at, at + piece);
    inFlight.push(work(part));
    part.fill(0xee); // It must have been read.
    if (inFlight.length >= depth) await settle();
  }
  while (inFlight.length > 0) await settle();
  return Uint8Array.from(output);
}

type Begin = (one: Case) => Promise<OneTagMessage | undefined>;
const begun =
  (field: () => Promise<Field>, keys: (key: Bytes) => Promise<{ gcm: CryptoKey; ctr: CryptoKey | undefined }>): Begin =>
  async ({ key, iv, aad }) =>
    PlatformMessage.begin(await field(), await keys(key), iv, aad).catch(() => undefined);

const engines: Readonly<Record<string, Begin>> = {
  'one AES-GCM key': begun(loadField, async (key) => ({ gcm: await importKey(key), ctr: undefined })),
  'AES-GCM and AES-CTR keys': begun(loadField, async (key) => ({
    gcm: await importKey(key),
    ctr: await importKey(key, 'AES-CTR'),
  })),
  'one AES-GCM key, the field without the core': begun(
    async () => wordField,
    async (key) => ({ gcm: await importKey(key), ctr: undefined }),
  ),
  'what is chosen for bytes': (one) => beginOneTagMessage(readOneTagOptions({ ...one, key: one.key.slice() })),
  'the core alone': async ({ key, iv, aad }) => new CoreMessage((await loadSyncCiphers()).openKey(key), iv, aad),
};

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

for (const [name, begin] of Object.entries(engines))
  describe(`a message with one tag: ${name}`, () => {
    test('500 random messages are sealed as WebCrypto seals them, and opened in both manners', async ({ skip }) => {
      for (let index = 0; index < 500; index++) {
        const one = await drawn(index);
        const [sealing, opening, checking] = [await begin(one), await begin(one), await begin(one)];
        if (sealing === undefined || opening === undefined || checking === undefined)
          return skip('WebCrypto takes no IVs of 16 bytes here');
        const [ciphertext, tag] = [one.expected.slice(0, -16), one.expected.slice(-16)];
        const what = `case ${index}: ${one.plaintext.length} bytes in pieces of ${one.piece}`;
        assert.isTrue(isEqual(await inPieces(one, one.plaintext, (piece) => sealing.seal(piece)), ciphertext), what);
        assert.isTrue(isEqual(await sealing.tag(), tag), `${what}, tag`);
        assert.isTrue(isEqual(await inPieces(one, ciphertext, (piece) => opening.open(piece)), one.plaintext), what);
        await opening.check(tag);
        await inPieces(one, ciphertext, (piece) => checking.hash(piece));
        await checking.check(tag);
        assert.isTrue(isEqual(await inPieces(one, ciphertext, (piece) => checking.crypt(piece)), one.plaintext), what);
        for (const message of [sealing, opening, checking]) message.close();
      }
    }, 120_000);

    test('a changed ciphertext, tag, additional data, IV or length does not pass', async ({ skip }) => {
      for (let index = 1; index < 60; index++) {
        const one = await drawn(100 + index);
        const attempt = async (changed: Case, sealed: Bytes): Promise<string> => {
          const message = await begin(changed);
          if (message === undefined) return 'skip';
          await inPieces(changed, sealed.slice(0, -16), (piece) =>
            index % 2 ? message.open(piece) : message.hash(piece),
          );
          const outcome = await errorName(() => message.check(sealed.slice(-16)));
          message.close();
          return outcome;
        };
        const flipped = (bytes: Bytes, at: number): Bytes => {
          const copy = bytes.slice();
          copy[at] = (copy[at] ?? 0) ^ (1 << (index % 8));
          return copy;
        };
        const forgeries: [Case, Bytes][] = [
          [one, flipped(one.expected, below(one.expected.length))],
          [one, flipped(one.expected, one.expected.length - 1 - (index % 16))],
          [{ ...one, aad: Uint8Array.of(...one.aad, 0) }, one.expected],
          [{ ...one, iv: flipped(one.iv, index % 12) }, one.expected],
          [one, Uint8Array.of(...one.expected.slice(0, -16), 0, ...one.expected.slice(-16))],
        ];
        for (const [changed, sealed] of forgeries) {
          const outcome = await attempt(changed, sealed);
          if (outcome === 'skip') return skip('WebCrypto takes no IVs of 16 bytes here');
          assert.equal(outcome, 'AuthenticationFailed');
        }
      }
    }, 60_000);

    test('what is in flight at close fails, and so does what comes after', async ({ skip }) => {
      const one = await drawn(1000);
      const [message, other] = [await begin(one), await begin(one)];
      if (message === undefined || other === undefined) return skip('WebCrypto takes no IVs of 16 bytes here');
      const inFlight = [message.open(random(64)), message.hash(random(64)), message.crypt(random(64)), message.tag()];
      inFlight.push(other.seal(random(64)), other.tag());
      for (const each of inFlight) each.catch(() => {});
      message.close();
      message.close();
      other.close();
      // The other engines have done it all when the call returns.
      if (message instanceof PlatformMessage)
        for (const [index, each] of inFlight.entries())
          assert.equal(await errorName(() => each), 'CipherClosed', `call ${index}`);
      for (const call of [
        () => message.seal(random(16)),
        () => message.open(random(16)),
        () => message.hash(random(16)),
        () => message.crypt(random(16)),
        () => message.tag(),
        () => message.check(random(16)),
      ])
        assert.equal(await errorName(call), 'CipherClosed');
    });

    test('a piece behind one that was no multiple of 16 bytes is refused', async ({ skip }) => {
      const message = await begin(await drawn(1001));
      if (message === undefined) return skip('WebCrypto takes no IVs of 16 bytes here');
      await message.seal(random(17));
      assert.equal(await errorName(() => message.seal(random(16))), 'InvalidArgument');
      message.close();
    });
  });

describe('the field of GHASH', () => {
  test('the core and the words agree', async () => {
    const field = await loadField();
    for (let index = 0; index < 200; index++) {
      const [a, b] = [random(16), random(16)];
      assert.deepEqual(field.multiply(a, b), wordField.multiply(a, b));
    }
  });

  test('multiplication is commutative, associative and distributive, and 1 is neutral', () => {
    const { multiply } = wordField;
    for (let index = 0; index < 50; index++) {
      const [a, b, c] = [random(16), random(16), random(16)];
      assert.deepEqual(multiply(a, b), multiply(b, a));
      assert.deepEqual(multiply(multiply(a, b), c), multiply(a, multiply(b, c)));
      assert.deepEqual(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)));
      assert.deepEqual(multiply(a, one()), a);
    }
  });

  test('a root and an inverse of a square', () => {
    for (let index = 0; index < 20; index++) {
      const a = random(16);
      const square = wordField.multiply(a, a);
      const { root, inverse } = rootAndInverse(wordField, square);
      assert.deepEqual(root, a);
      assert.deepEqual(wordField.multiply(square, inverse), one());
    }
  });

  test('powers add up', () => {
    const a = random(16);
    assert.deepEqual(power(wordField, a, 0), one());
    assert.deepEqual(power(wordField, a, 1), a);
    assert.deepEqual(
      wordField.multiply(power(wordField, a, 12_345), power(wordField, a, 54_321)),
      power(wordField, a, 66_666),
    );
  });

  test('lengths of the longest message fit in their block', () => {
    const block = lengthBlock(2 ** 36, 2 ** 36 - 32);
    assert.deepEqual([...block], [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0]);
  });

  test('positions count to 2^36 - 32 bytes and 2^32 - 1 counters, and no further', async () => {
    const position = new Position();
    assert.equal(position.advance(512 << 10), 2);
    assert.equal(position.advance(2 ** 36 - (1 << 20)), 2 + 2 ** 15);
    assert.equal(position.advance(2 ** 19 - 48), 2 ** 32 - 2 ** 15 + 2);
    assert.equal(position.advance(16), 2 ** 32 - 1);
    assert.equal(position.bytes, 2 ** 36 - 32);
    assert.equal(await errorName(() => position.advance(1)), 'InvalidArgument');
  });

  test('nothing of a factor stays in the core', async () => {
    const { loadCore } = await import('../../src/cipher/wasm/core.ts');
    const { heap, layout } = await loadCore();
    const field = await loadField();
    field.multiply(random(16), random(16));
    assert.isTrue(heap.subarray(layout.operands, layout.operands + 48).every((byte) => byte === 0));
  });
});

describe('keys and IVs of a message with one tag', () => {
  const good = { key: random(32), iv: random(12) };
  const refusal = (options: object): Promise<string> =>
    errorName(() => readOneTagOptions({ ...good, ...options } as typeof good));

  test('are checked, by name', async () => {
    for (const key of [random(15), random(33), 'key', undefined])
      assert.equal(await refusal({ key }), 'InvalidArgument');
    for (const iv of [random(11), random(16), new Uint8Array(0)])
      assert.equal(await refusal({ iv }), 'InvalidArgument');
    assert.equal(await refusal({ aad: 'text' }), 'InvalidArgument');
  });

  test('a CryptoKey without the usage encrypt, or of another algorithm, is refused', async () => {
    const decrypting = await subtle.importKey('raw', good.key, { name: 'AES-GCM' }, false, ['decrypt']);
    assert.equal(await refusal({ key: decrypting }), 'InvalidArgument');
    assert.equal(await refusal({ key: await importKey(good.key, 'AES-CTR') }), 'InvalidArgument');
    assert.notInstanceOf(readOneTagOptions({ ...good, key: await importKey(good.key) }).key, Uint8Array);
  });

  test('are copied before anything is awaited', async () => {
    const [key, iv, aad] = [random(32), random(12), random(5)];
    const [original, plaintext] = [{ key: key.slice(), iv: iv.slice(), aad: aad.slice() }, random(100)];
    const beginning = beginOneTagMessage(readOneTagOptions({ key, iv, aad }));
    for (const bytes of [key, iv, aad]) bytes.fill(0);
    const message = await beginning;
    const algorithm = { name: 'AES-GCM', iv: original.iv, additionalData: original.aad, tagLength: 128 };
    const expected = await subtle.encrypt(algorithm, await importKey(original.key), plaintext);
    await message.seal(plaintext);
    assert.deepEqual(await message.tag(), new Uint8Array(expected).slice(-16));
    message.close();
  });

  test('AES-192 works, by the core where WebCrypto has none', async () => {
    const { gcm } = await import('@noble/ciphers/aes.js');
    const [key, iv, plaintext] = [random(24), random(12), random(1000)];
    const message = await beginOneTagMessage(readOneTagOptions({ key, iv }));
    const ciphertext = await message.seal(plaintext);
    assert.deepEqual(Uint8Array.of(...ciphertext, ...(await message.tag())), gcm(key, iv).encrypt(plaintext));
    message.close();
  });
});
