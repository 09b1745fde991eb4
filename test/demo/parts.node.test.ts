import { assert } from 'chai';
import { describe, test } from 'vitest';
import { explain } from '../../demo/src/explain.ts';
import { size } from '../../demo/src/format.ts';
import { aliasOf } from '../../demo/src/vault/alias.ts';
import { sampleOf, sampleText } from '../../demo/src/vault/sample.ts';
import { InvalidCiphertextException } from '../../src/model/errors/index.ts';

describe('parts of the vault app', () => {
  test('an alias is made of the letters and digits of a name, where it has any', () => {
    assert.equal(aliasOf(' Family  papers! '), 'alias/family-papers');
    assert.equal(aliasOf('Übergänge 2026'), 'alias/ubergange-2026');
    assert.isUndefined(aliasOf('日記'));
  });

  test('a sample holds the first and the last bytes, however they arrive', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const whole = sampleOf(new Uint8Array(0), bytes);
    for (const cut of [1, 3, 5, 24, 50, 99]) {
      assert.deepEqual(sampleOf(sampleOf(new Uint8Array(0), bytes.subarray(0, cut)), bytes.subarray(cut)), whole);
    }
    assert.match(sampleText(whole), /^00 01 02 03 … 50 .* 63$/);
    assert.equal(sampleText(bytes.subarray(0, 3)), '00 01 02');
  });

  test('an error is told by its code, its own words and what it means', () => {
    const { code, message, meaning } = explain(new InvalidCiphertextException());
    assert.equal(code, 'InvalidCiphertextException');
    assert.include(message, 'not valid for this key');
    assert.include(meaning, 'changed or damaged');
    assert.equal(explain(new DOMException('full', 'QuotaExceededError')).code, 'QuotaExceededError');
    assert.equal(explain('text').message, 'text');
  });

  test('sizes are read at a glance', () => {
    assert.deepEqual([0, 999, 1000, 93_600, 100_000_000].map(size), ['0 B', '999 B', '1.0 KB', '93.6 KB', '100 MB']);
  });
});
