// Many messages in one call give the same bytes as one by one.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { flipBit, random } from '../support/bytes.ts';
import { errorName } from './engines.ts';

const ciphers = loadSyncCiphers();
const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

describe('many messages in one call', () => {
  test('records of any lengths, with one additional data, with one each, or with none', async () => {
    const cipher = (await ciphers).openKey(random(32));
    const records = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 });
    const property = fc.property(
      records,
      fc.constantFrom('none', 'one', 'each'),
      fc.constantFrom(12, 14, 16),
      (list, kind, tag) => {
        const tagLength = tag as 12 | 14 | 16;
        const ivs = random(12 * list.length);
        const aads = list.map((_, i) => random(kind === 'none' ? 0 : (7 * i) % 40));
        const one = random(21);
        const aad = kind === 'none' ? undefined : kind === 'one' ? one : aads;
        const packed = cipher.sealMany(ivs, list, { aad, tagLength });
        const sealed: Uint8Array[] = [];
        let at = 0;
        list.forEach((record, i) => {
          const expected = cipher.seal(ivs.subarray(12 * i, 12 * i + 12), record, {
            aad: kind === 'one' ? one : aads[i],
            tagLength,
          });
          assert.deepEqual(packed.subarray(at, at + expected.length), expected);
          sealed.push(packed.subarray(at, at + expected.length));
          at += expected.length;
        });
        assert.equal(packed.length, at);
        const opened = cipher.openMany(ivs, sealed, { aad, tagLength });
        at = 0;
        for (const record of list) {
          assert.deepEqual(opened.subarray(at, at + record.length), record);
          at += record.length;
        }
      },
    );
    fc.assert(property, { numRuns: 100 });
    cipher.close();
  });

  test('more records than fit the core at once, and records longer than its window', async () => {
    const cipher = (await ciphers).openKey(random(16));
    const list = Array.from({ length: 700 }, (_, i) =>
      random(i % 100 === 50 ? 140_000 : i % 10 === 3 ? 5_000 : (7 * i) % 300),
    );
    const ivs = random(12 * list.length);
    const packed = cipher.sealMany(ivs, list);
    let at = 0;
    const sealed = list.map((record, i) => {
      const one = packed.subarray(at, at + record.length + 16);
      at += one.length;
      if (i % 7 === 0) assert.deepEqual(one, cipher.seal(ivs.subarray(12 * i, 12 * i + 12), record), `record ${i}`);
      return one;
    });
    const into = new Uint8Array(packed.length);
    const opened = cipher.openMany(ivs, sealed, { into });
    assert.equal(opened.buffer, into.buffer);
    at = 0;
    for (const record of list) {
      assert.isTrue(record.every((byte, i) => byte === opened[at + i]));
      at += record.length;
    }
    cipher.close();
  });

  test('results may go over their own input', async () => {
    const cipher = (await ciphers).openKey(random(32));
    for (const length of [50, 3_000]) {
      const place = random(100 * length + 1600);
      const list = Array.from({ length: 100 }, (_, i) => place.subarray(i * length, (i + 1) * length));
      const ivs = random(1200);
      const aad = length === 50 ? undefined : random(1_000);
      const expected = cipher.sealMany(
        ivs,
        list.map((record) => record.slice()),
        { aad },
      );
      assert.deepEqual(cipher.sealMany(ivs, list, { into: place, aad }), expected);
    }
    cipher.close();
  });

  test('results may go over the IVs and the additional data, too', async () => {
    const cipher = (await ciphers).openKey(random(32));
    const list = Array.from({ length: 100 }, () => random(3_000));
    const place = random(100 * 3_016);
    const [ivs, aad] = [place.subarray(5, 1_205), place.subarray(2_000, 2_020)];
    const aads = list.map((_, i) => place.subarray(3_000 + i, 3_020 + i));
    const shared = cipher.sealMany(ivs.slice(), list, { aad: aad.slice() });
    const each = cipher.sealMany(ivs.slice(), list, { aad: aads.map((one) => one.slice()) });
    const before = place.slice();
    assert.isTrue(isSame(cipher.sealMany(ivs, list, { into: place, aad }), shared));
    place.set(before);
    assert.isTrue(isSame(cipher.sealMany(ivs, list, { into: place, aad: aads }), each));
    place.set(before);
    const sealed = list.map((_, i) => shared.subarray(3_016 * i, 3_016 * (i + 1)));
    const opened = cipher.openMany(ivs, sealed, { into: place, aad });
    list.forEach((record, i) => {
      assert.isTrue(isSame(opened.subarray(3_000 * i, 3_000 * (i + 1)), record));
    });
    cipher.close();
  });

  test('one record that is not authentic makes the whole call fail, and nothing is released', async () => {
    const cipher = (await ciphers).openKey(random(32));
    const list = [3, 64, 0, 2500, 17].map((length) => random(length));
    const ivs = random(12 * list.length);
    const sealed = list.map((record, i) => cipher.seal(ivs.subarray(12 * i, 12 * i + 12), record));
    for (let i = 0; i < list.length; i++) {
      const into = new Uint8Array(3000);
      const changed = sealed.map((each, j) => (i === j ? flipBit(each, 8 * each.length - 3) : each));
      assert.equal(await errorName(() => cipher.openMany(ivs, changed, { into })), 'AuthenticationFailed');
      assert.isTrue(into.every((byte) => byte === 0));
    }
    cipher.close();
  });

  test('nothing is released of batches before the one with the forgery, and what was to be opened in place stays', async () => {
    const cipher = (await ciphers).openKey(random(32));
    for (const length of [20, 1_000, 140_000]) {
      const [count, size] = [length === 20 ? 40 : 300 - length / 500, length + 16];
      const ivs = random(12 * count);
      const packed = cipher.sealMany(
        ivs,
        Array.from({ length: count }, () => random(length)),
      );
      packed[packed.length - 1] = (packed[packed.length - 1] as number) ^ 1;
      const list = Array.from({ length: count }, (_, i) => packed.subarray(size * i, size * (i + 1)));
      const into = new Uint8Array(packed.length);
      assert.equal(await errorName(() => cipher.openMany(ivs, list, { into })), 'AuthenticationFailed');
      assert.isTrue(into.every((byte) => byte === 0));
      const before = packed.slice();
      assert.equal(await errorName(() => cipher.openMany(ivs, list, { into: packed })), 'AuthenticationFailed');
      assert.isTrue(isSame(packed, before), `records of ${length} bytes`);
    }
    cipher.close();
  });

  test('mistakes are told apart from forgeries', async () => {
    const cipher = (await ciphers).openKey(random(32));
    const two = [random(3), random(4)];
    const mistakes: (() => unknown)[] = [
      () => cipher.sealMany(random(23), two),
      () => cipher.sealMany(random(24), two, { aad: [random(1)] }),
      () => cipher.sealMany(random(24), two, { into: random(38) }),
      () => cipher.sealMany(random(24), 7 as never),
      () => cipher.sealMany(random(24), [random(3), 'text' as never]),
      () => cipher.sealMany(random(24), two, { aad: [random(1), 5 as never] }),
      () => cipher.openMany(random(24), [random(16), random(15)]),
      () => cipher.openMany(random(24), [random(16), random(16)], { tagLength: 11 as never }),
    ];
    for (const mistake of mistakes) assert.equal(await errorName(mistake), 'InvalidArgument', String(mistake));
    assert.equal(cipher.sealMany(new Uint8Array(0), []).length, 0);
    cipher.close();
  });
});
