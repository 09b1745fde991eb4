// Whole messages: the engines agree, refuse every change, and put results where they are asked to.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { MessageOptions, TagLength } from '../../src/cipher/aead.ts';
import { openCipher } from '../../src/cipher/cipher.ts';
import { crossoverOf, runtimeOf } from '../../src/cipher/crossover.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { flipBit, random, toHex, utf8 } from '../support/bytes.ts';
import { engines, errorName } from './engines.ts';

const message = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  // Of other lengths WebCrypto takes some in one runtime and none in the next: see vectors.test.ts.
  iv: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  aad: fc.uint8Array({ maxLength: 70 }),
  plaintext: fc.uint8Array({ maxLength: 700 }),
  tagLength: fc.constantFrom<TagLength>(12, 13, 14, 15, 16),
});

describe('whole messages', () => {
  test('both engines give the same bytes and open what the other has sealed', async () => {
    const [wasm, native] = engines as [(typeof engines)[0], (typeof engines)[1]];
    await fc.assert(
      fc.asyncProperty(message, async ({ key, iv, aad, plaintext, tagLength }) => {
        if (!(await native.takes(32, 12, tagLength))) return;
        const options = { aad, tagLength };
        const sealed = await wasm.seal(key, iv, plaintext, options);
        assert.equal(toHex(sealed), toHex(await native.seal(key, iv, plaintext, options)));
        assert.equal(toHex(await native.open(key, iv, sealed, options)), toHex(plaintext));
        assert.equal(toHex(await wasm.open(key, iv, sealed, options)), toHex(plaintext));
      }),
      { numRuns: 200 },
    );
  });

  test('lengths around every block, batch, window and piece agree with WebCrypto', async () => {
    const [key, iv, aad] = [random(32), random(12), random(29)];
    const data = random(131_200);
    const cipher = (await loadSyncCiphers()).openKey(key);
    const edges = [0, 16, 96, 112, 128, 144, 160, 224, 240, 256, 480, 512, 16_384, 32_768, 65_536, 131_072];
    for (const edge of edges)
      for (const length of [edge - 1, edge, edge + 1].filter((each) => each >= 0)) {
        const plaintext = data.subarray(0, length);
        const expected = await engines[1]?.seal(key, iv, plaintext, { aad });
        const sealed = cipher.seal(iv, plaintext, { aad });
        assert.deepEqual(sealed, expected, `length ${length}`);
        assert.deepEqual(cipher.open(iv, sealed, { aad }), plaintext, `length ${length}`);
      }
    cipher.close();
  });

  test('additional data of any length is authenticated', async () => {
    const [key, iv] = [random(32), random(12)];
    const cipher = (await loadSyncCiphers()).openKey(key);
    for (const length of [0, 1, 15, 16, 17, 4095, 4096, 4097, 140_000]) {
      const aad = random(length);
      const sealed = cipher.seal(iv, utf8('text'), { aad });
      assert.deepEqual(sealed, await engines[1]?.seal(key, iv, utf8('text'), { aad }), `length ${length}`);
      if (length > 0)
        assert.equal(
          await errorName(() => cipher.open(iv, sealed, { aad: flipBit(aad, 8 * length - 1) })),
          'AuthenticationFailed',
        );
    }
    cipher.close();
  });

  for (const engine of engines)
    test(`every change of a single bit is refused by the ${engine.name} engine`, async () => {
      const [key, iv, aad, plaintext] = [random(16), random(12), random(5), random(37)];
      const sealed = await engine.seal(key, iv, plaintext, { aad });
      const parts: [Uint8Array, (changed: Uint8Array) => Promise<Uint8Array>][] = [
        [sealed, (changed) => engine.open(key, iv, changed, { aad })],
        [aad, (changed) => engine.open(key, iv, sealed, { aad: changed })],
        [iv, (changed) => engine.open(key, changed, sealed, { aad })],
        [key, (changed) => engine.open(changed, iv, sealed, { aad })],
      ];
      for (const [part, open] of parts)
        for (let bit = 0; bit < 8 * part.length; bit++)
          assert.equal(await errorName(() => open(flipBit(part, bit))), 'AuthenticationFailed');
    });

  test('every bit of a tag counts, whatever the length of message, IV and tag', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    for (const length of [0, 100, 40_000, 140_000])
      for (const ivLength of [12, 16])
        for (const tagLength of [12, 13, 16] as const) {
          const iv = random(ivLength);
          const sealed = cipher.seal(iv, random(length), { tagLength });
          assert.equal(cipher.open(iv, sealed, { tagLength }).length, length);
          for (let bit = 8 * length; bit < 8 * sealed.length; bit += length > 1000 ? 7 : 1) {
            const place = new Uint8Array(length);
            assert.equal(
              await errorName(() => cipher.open(iv, flipBit(sealed, bit), { tagLength, into: place })),
              'AuthenticationFailed',
            );
            assert.isTrue(place.every((byte) => byte === 0));
          }
        }
    cipher.close();
  });

  test('a result goes into the place it is given, also over its own input', async () => {
    const [key, iv, plaintext] = [random(32), random(12), random(100)];
    const cipher = (await loadSyncCiphers()).openKey(key);
    const expected = cipher.seal(iv, plaintext);
    for (const offset of [0, 1, 7]) {
      const place = new Uint8Array(200).fill(7);
      place.set(plaintext, offset);
      const result = cipher.seal(iv, place.subarray(offset, offset + 100), { into: place.subarray(offset) });
      assert.deepEqual(result, expected);
      assert.equal(result.buffer, place.buffer);
      assert.deepEqual(place.subarray(offset + 116), new Uint8Array(84 - offset).fill(7));
      assert.deepEqual(cipher.open(iv, result, { into: result }), plaintext);
    }
    cipher.close();
  });

  test('a long message may be sealed over itself, at any offset', async () => {
    const [key, iv, plaintext] = [random(32), random(12), random(200_000)];
    const cipher = (await loadSyncCiphers()).openKey(key);
    const expected = cipher.seal(iv, plaintext);
    for (const [from, to] of [
      [0, 0],
      [0, 5],
      [5, 0],
      [0, 70_000],
      [70_000, 0],
    ] as const) {
      const place = new Uint8Array(300_000);
      place.set(plaintext, from);
      const sealed = cipher.seal(iv, place.subarray(from, from + 200_000), { into: place.subarray(to) });
      assert.isTrue(
        sealed.every((byte, i) => byte === expected[i]),
        `from ${from} to ${to}`,
      );
      const opened = cipher.open(iv, place.subarray(to, to + 200_016), { into: place.subarray(from) });
      assert.isTrue(
        opened.every((byte, i) => byte === plaintext[i]),
        `from ${to} to ${from}`,
      );
    }
    cipher.close();
  });

  test('the asynchronous face gives the same bytes on both sides of the crossover', async () => {
    const crossover = crossoverOf(runtimeOf(globalThis as object));
    const key = random(32);
    const cipher = await openCipher(key);
    for (const length of [0, crossover, crossover + 1]) {
      const [iv, plaintext] = [random(12), random(length)];
      const options: MessageOptions = { aad: utf8('about'), into: new Uint8Array(length + 20) };
      const sealed = await cipher.seal(iv, plaintext, options);
      assert.equal(sealed.buffer, options.into?.buffer);
      assert.deepEqual(sealed, cipher.sync.seal(iv, plaintext, { aad: utf8('about') }));
      assert.deepEqual(await cipher.open(iv, sealed, { aad: utf8('about') }), plaintext);
      assert.equal(await errorName(() => cipher.open(iv, sealed)), 'AuthenticationFailed');
    }
    cipher.close();
    assert.equal(await errorName(() => cipher.seal(random(12), random(3))), 'CipherClosed');
    assert.equal(await errorName(() => cipher.sync), 'CipherClosed');
  });

  test('a key given to open is copied before the first wait', async () => {
    const [key, iv] = [random(32), random(12)];
    const expected = await engines[0]?.seal(key, iv, utf8('text'));
    const opening = openCipher(key);
    key.fill(0);
    const cipher = await opening;
    assert.deepEqual(cipher.sync.seal(iv, utf8('text')), expected);
    cipher.close();
  });
});
