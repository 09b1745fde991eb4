import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openScratch } from '../../src/store/scratch.ts';
import { random } from '../support/bytes.ts';

const megabyte = 1 << 20;

describe('scratch space', () => {
  for (const [name, pieces, length] of [
    ['a little', 7, 100_000],
    ['more than stays in memory', 40, megabyte],
  ] as const)
    test(`gives back ${name}, any part of it`, async () => {
      const scratch = openScratch();
      const whole = random(pieces * length);
      for (let at = 0; at < whole.length; at += length) await scratch.write(whole.slice(at, at + length));
      await scratch.finish();
      for (const [offset, most] of [
        [0, 10],
        [length - 5, 10],
        [length, length],
        [3 * length + 7, 2 * length],
        [whole.length - 9, 100],
        [whole.length, 5],
      ] as const) {
        const part = await scratch.read(offset, most);
        const expected = whole.subarray(offset, offset + most);
        assert.equal(part.length, expected.length);
        assert.isTrue(part.every((byte, i) => byte === expected[i]));
      }
      await scratch.dispose();
      assert.equal((await scratch.read(0, 10)).length, 0);
    }, 60_000);

  test('that was given up leaves nothing', async () => {
    const scratch = openScratch();
    for (let piece = 0; piece < 40; piece++) await scratch.write(new Uint8Array(megabyte));
    await scratch.dispose();
    await scratch.dispose();
  }, 60_000);
});
