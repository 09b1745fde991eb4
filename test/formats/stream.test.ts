import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  encodeStreamHeader,
  mostWrappedKeyBytes,
  parseStreamHeader,
  streamHeaderLength,
} from '../../src/formats/stream.ts';

describe('the header of a stream', () => {
  test('comes back, whatever follows it', () => {
    const wrapped = fc.uint8Array({ minLength: 1, maxLength: 700 });
    fc.assert(
      fc.property(wrapped, fc.uint8Array({ maxLength: 40 }), (wrappedKey, rest) => {
        const header = encodeStreamHeader(wrappedKey);
        const parsed = parseStreamHeader(new Uint8Array([...header, ...rest]));
        assert.deepEqual(parsed?.header, header);
        assert.deepEqual(parsed?.wrappedKey, new Uint8Array(wrappedKey));
      }),
    );
  });

  test('is bounded: 1 to 6144 bytes of wrapped data key', () => {
    assert.isUndefined(streamHeaderLength(Uint8Array.of(0xa2, 1, 0, 0)));
    assert.equal(streamHeaderLength(Uint8Array.of(0xa2, 1, 0, 1)), 5);
    assert.equal(streamHeaderLength(encodeStreamHeader(new Uint8Array(mostWrappedKeyBytes))), 6148);
    assert.isUndefined(streamHeaderLength(Uint8Array.of(0xa2, 1, 0x18, 1)));
  });

  test('no other bytes are taken for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const parsed = parseStreamHeader(bytes);
        if (bytes[0] !== 0xa2 || bytes[1] !== 1) assert.isUndefined(parsed);
        else assert.isTrue(parsed === undefined || parsed.header.length <= bytes.length);
      }),
    );
    for (const [first, second] of [
      [0xa1, 1],
      [0xa2, 0],
      [0xa2, 2],
      [1, 1],
    ] as const) {
      assert.isUndefined(parseStreamHeader(Uint8Array.of(first, second, 0, 1, 7)));
    }
  });
});
