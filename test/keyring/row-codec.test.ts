// A row is authentic in its own place only: the MAC covers table, id and every byte of the record.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { RowCodec } from '../../src/keyring/row-codec.ts';
import { generateMaterial, prfOf } from '../../src/keys/material.ts';
import { type Bytes, flipBit, random } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const at = <T extends string>(table: T, id: string) => ({ table, id });
const record = { text: 'what a row holds' } as never;
const rowOf = (value: Bytes) => ({ ...at('keys', 'a/b/c'), value, version: '1' });

describe('the bytes of a row', () => {
  test('are refused in every other place, under another key, and with any bit changed', async () => {
    const codec = new RowCodec(prfOf(await generateMaterial()));
    const home = at('aliases', 'a/b/c');
    const value = await codec.encode(home, record);
    const row = rowOf(value);
    assert.deepEqual(await codec.decodeOnce(home, row), record);
    assert.isTrue(await codec.isGenuine(home, value));
    const places = [
      at('keys', 'a/b/c'),
      at('uses', 'a/b/c'),
      at('aliases', 'a/b'),
      at('aliases', 'b/c'),
      at('aliases', 'a/b/d'),
    ];
    for (const place of places) {
      await assertFails(
        codec.decodeOnce(place as typeof home, row),
        'StoreCorrupt',
        new RegExp(`${place.table}/${place.id}`),
      );
      await assertFails(codec.decode(place as typeof home, row), 'StoreCorrupt');
      assert.isFalse(await codec.isGenuine(place, value));
    }
    for (let bit = 0; bit < 8 * value.length; bit++)
      await assertFails(codec.decodeOnce(home, rowOf(flipBit(value, bit))), 'StoreCorrupt');
    for (const length of [0, 1, 31, 32, value.length - 1])
      await assertFails(codec.decodeOnce(home, rowOf(value.slice(0, length))), 'StoreCorrupt');
    await assertFails(codec.decodeOnce(home, rowOf(random(100))), 'StoreCorrupt');
    const other = new RowCodec(prfOf(await generateMaterial()));
    await assertFails(other.decodeOnce(home, row), 'StoreCorrupt');
  });

  test('that were verified before are verified again where they changed', async () => {
    const codec = new RowCodec(prfOf(await generateMaterial()));
    const home = at('aliases', 'a/b/c');
    const value = await codec.encode(home, record);
    assert.deepEqual(await codec.decode(home, rowOf(value)), record);
    for (const bit of [0, 8 * 32, 8 * value.length - 1])
      await assertFails(codec.decode(home, rowOf(flipBit(value, bit))), 'StoreCorrupt');
    assert.deepEqual(await codec.decode(home, rowOf(value.slice())), record);
  });
});
