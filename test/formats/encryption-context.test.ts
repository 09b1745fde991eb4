import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { encodeEncryptionContext } from '../../src/formats/encryption-context.ts';
import { ValidationException } from '../../src/index.ts';
import { toHex } from '../support/bytes.ts';

type Pairs = [string, string][];
const encode = (pairs: Pairs) => toHex(encodeEncryptionContext(pairs));
const wellFormed = fc.string({ unit: 'binary', maxLength: 20 });
const contexts = fc.uniqueArray(fc.tuple(wellFormed, wellFormed), { selector: ([key]) => key, maxLength: 6 });
const canonical = (pairs: Pairs) => JSON.stringify([...pairs].sort(([a], [b]) => (a < b ? -1 : 1)));

describe('encryption context', () => {
  test('is serialised as the AWS Encryption SDK does it', () => {
    assert.equal(encode([]), '');
    assert.equal(encode([['a', 'b']]), '0001' + '000161' + '000162');
    // UTF-8 order: z (7a), ä (c3 a4), U+FF61 (ef bd a1), U+10000 (f0 90 80 80); UTF-16 would put the last two the other way round.
    const keys = ['\u{10000}', '\uff61', 'z', 'Z', 'ä'];
    const expected = ['Z', 'z', 'ä', '\uff61', '\u{10000}'];
    assert.equal(encode(keys.map((key) => [key, ''])), encode(expected.map((key) => [key, ''])));
    const bytes = encode(keys.map((key) => [key, '']));
    assert.equal(bytes, '0005' + '00015a0000' + '00017a0000' + '0002c3a40000' + '0003efbda10000' + '0004f09080800000');
  });

  test('two contexts give the same bytes if and only if they are equal', () => {
    fc.assert(
      fc.property(contexts, contexts, (a, b) => {
        assert.equal(encode(a) === encode(b), canonical(a) === canonical(b));
      }),
    );
  });

  test('the order of pairs does not matter', () => {
    fc.assert(fc.property(contexts, (pairs) => assert.equal(encode(pairs), encode([...pairs].reverse()))));
  });

  test('no locale has a say', () => {
    const original = String.prototype.localeCompare;
    String.prototype.localeCompare = () => {
      throw new Error('localeCompare was called');
    };
    try {
      encode([
        ['b', ''],
        ['a', ''],
        ['Z', ''],
      ]);
    } finally {
      String.prototype.localeCompare = original;
    }
  });

  test('lone surrogates, repeated keys and too many bytes are refused', () => {
    const bad: Pairs[] = [
      [['\ud800', '']],
      [['a', 'x\udc00']],
      [['a', '\udc00\ud800']],
      [
        ['a', '1'],
        ['a', '2'],
      ],
      [['a', 'x'.repeat(8192)]],
      Array.from({ length: 3000 }, (_, i) => [`${i}`, ''] as [string, string]),
    ];
    for (const pairs of bad) assert.throws(() => encodeEncryptionContext(pairs), ValidationException);
    encodeEncryptionContext([['a', 'x'.repeat(8192 - 2 - 4 - 1)]]);
  });

  test('names that objects inherit are names like any other', () => {
    const pairs: Pairs = [
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ];
    assert.notEqual(encode(pairs), encode(pairs.slice(1)));
  });
});
