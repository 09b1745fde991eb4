import { assert } from 'chai';
import { describe, test } from 'vitest';
import { runtimeOf } from '../../src/cipher/crossover.ts';
import { giveBack } from '../../src/cipher/spent.ts';

const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(7);
const canTransfer = 'transfer' in ArrayBuffer.prototype;

describe('bytes that are given back', () => {
  test('are gone where it pays, and are left alone elsewhere', async ({ skip }) => {
    const runtime = runtimeOf(globalThis);
    if (runtime === 'node' && !canTransfer) skip('this Node cannot transfer a buffer');
    // More than once, and later too: the port has no other end.
    for (let round = 0; round < 3; round++) {
      const spent = [bytes(16), bytes(65_536)];
      giveBack(spent);
      const expected = runtime === 'chromium' || runtime === 'node' ? [0, 0] : [16, 65_536];
      assert.deepEqual(
        spent.map(({ length }) => length),
        expected,
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  test('stay where they are a part of a larger buffer, which others may use', () => {
    const whole = bytes(100);
    giveBack([whole.subarray(0, 50), whole.subarray(50)]);
    assert.deepEqual(whole, bytes(100));
  });
});
