// Messages in pieces give the same bytes as in one, however they are cut.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { SyncAead } from '../../src/cipher/aead.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { flipBit, random, toHex } from '../support/bytes.ts';
import { errorName } from './engines.ts';

/** `data` cut at the given lengths, and the rest. */
function pieces(data: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const cut: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    cut.push(data.subarray(at, at + length));
    at = Math.min(at + length, data.length);
  }
  return [...cut, data.subarray(at)];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const lengths = fc.array(fc.oneof(fc.nat(20), fc.nat(300)), { maxLength: 12 });

async function withKey<T>(work: (cipher: SyncAead) => T | Promise<T>): Promise<T> {
  const cipher = (await loadSyncCiphers()).openKey(random(32));
  try {
    return await work(cipher);
  } finally {
    cipher.close();
  }
}

describe('messages in pieces', () => {
  test('any cut of data and additional data gives the bytes of one call', () =>
    withKey((cipher) => {
      const property = fc.property(
        fc.oneof(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.uint8Array({ minLength: 1, maxLength: 40 })),
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 1500 }),
        lengths,
        lengths,
        (iv, aad, plaintext, aadCuts, cuts) => {
          const whole = cipher.seal(iv, plaintext, { aad });
          const sealing = cipher.sealStream(iv);
          for (const piece of pieces(aad, aadCuts)) sealing.aad(piece);
          const ciphertext = concat(pieces(plaintext, cuts).map((piece) => sealing.update(piece)));
          assert.equal(toHex(concat([ciphertext, sealing.final()])), toHex(whole));
          const opening = cipher.openStream(iv);
          for (const piece of pieces(aad, cuts)) opening.aad(piece);
          const opened = concat(pieces(ciphertext, aadCuts).map((piece) => opening.update(piece)));
          opening.final(whole.subarray(plaintext.length));
          assert.equal(toHex(opened), toHex(plaintext));
        },
      );
      fc.assert(property, { numRuns: 300 });
    }));

  test('pieces longer than the window', () =>
    withKey((cipher) => {
      const [iv, aad, plaintext] = [random(12), random(70_001), random(400_003)];
      const whole = cipher.seal(iv, plaintext, { aad });
      const stream = cipher.sealStream(iv);
      stream.aad(aad);
      const into = new Uint8Array(400_003);
      stream.update(plaintext.subarray(0, 200_001), into);
      stream.update(plaintext.subarray(200_001), into.subarray(200_001));
      assert.deepEqual(stream.final(14), whole.subarray(400_003, 400_017));
      assert.deepEqual(into, whole.subarray(0, 400_003));
    }));

  test('streams of one key do not disturb each other, nor whole messages between their pieces', () =>
    withKey((cipher) => {
      const ivs = [random(12), random(12), random(9)];
      const data = ivs.map((_, i) => random(500 + 13 * i));
      const streams = ivs.map((iv) => cipher.sealStream(iv));
      const parts: Uint8Array[][] = ivs.map(() => []);
      for (let at = 0; at < 600; at += 50)
        streams.forEach((stream, i) => {
          parts[i]?.push(stream.update((data[i] as Uint8Array).subarray(at, at + 50)));
          cipher.seal(random(12), random(at));
        });
      streams.forEach((stream, i) => {
        const sealed = concat([...(parts[i] ?? []), stream.final()]);
        assert.deepEqual(sealed, cipher.seal(ivs[i] as Uint8Array, data[i] as Uint8Array));
      });
    }));

  test('a wrong tag is refused, and the stream is closed by it', () =>
    withKey(async (cipher) => {
      const [iv, plaintext] = [random(12), random(50)];
      const sealed = cipher.seal(iv, plaintext);
      for (const bit of [0, 50, 127]) {
        const stream = cipher.openStream(iv);
        stream.update(sealed.subarray(0, 50));
        const tag = flipBit(sealed.subarray(50), bit);
        assert.equal(await errorName(() => stream.final(tag)), 'AuthenticationFailed');
        assert.equal(await errorName(() => stream.final(sealed.subarray(50))), 'CipherClosed');
      }
    }));

  test('a tag is 12 to 16 bytes: one byte of it would be guessed', () =>
    withKey(async (cipher) => {
      const [iv, plaintext] = [random(12), random(20)];
      const sealed = cipher.seal(iv, plaintext);
      const stream = cipher.openStream(iv);
      stream.update(sealed.subarray(0, 20));
      for (const length of [0, 1, 4, 8, 11, 17, 32])
        assert.equal(await errorName(() => stream.final(random(length))), 'InvalidArgument');
      stream.final(sealed.subarray(20, 32));
      for (let bit = 8 * 20; bit < 8 * 32; bit++) {
        const other = cipher.openStream(iv);
        other.update(sealed.subarray(0, 20));
        assert.equal(await errorName(() => other.final(flipBit(sealed, bit).subarray(20, 32))), 'AuthenticationFailed');
      }
    }));

  test('calls out of order are refused', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    const stream = cipher.sealStream(random(12));
    stream.update(random(1));
    assert.equal(await errorName(() => stream.aad(random(1))), 'InvalidArgument');
    stream.final();
    assert.equal(await errorName(() => stream.update(random(1))), 'CipherClosed');
    const other = cipher.sealStream(random(12));
    cipher.close();
    assert.equal(await errorName(() => other.update(random(1))), 'CipherClosed');
    assert.equal(await errorName(() => cipher.sealStream(random(12))), 'CipherClosed');
  });
});
