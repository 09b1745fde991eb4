import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { memoryStore } from '../../src/index.ts';
import { openSealer, type SealerKms, type SealerOptions } from '../../src/sealer/index.ts';
import { flipBit, random, toHex, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { newKey, newKms, TestClock } from '../support/kms.ts';

/** What a synchronous call throws, as a promise. */
const thrown = (call: () => unknown): Promise<unknown> => new Promise((resolve) => resolve(call()));

async function setUp(options: Partial<SealerOptions> = {}) {
  const kms = await newKms();
  const KeyId = await newKey(kms);
  const store = memoryStore();
  const calls = { generateDataKey: 0, decrypt: 0 };
  const counted: SealerKms = {
    generateDataKey: (input) => {
      calls.generateDataKey++;
      return kms.generateDataKey(input);
    },
    decrypt: (input) => {
      calls.decrypt++;
      return kms.decrypt(input);
    },
  };
  const open = (more: Partial<SealerOptions> = {}) => openSealer(counted, { KeyId, store, ...options, ...more });
  return { kms, KeyId, store, calls, open };
}

describe('a sealer', () => {
  test('opens at once what it sealed at once', async () => {
    const { open, calls } = await setUp();
    const sealer = await open();
    for (const length of [0, 1, 16, 64, 1000, 100_000]) {
      const plaintext = random(length);
      const record = sealer.seal(plaintext);
      assert.equal(record.length, length + sealer.overhead);
      assert.deepEqual(toHex(sealer.open(record)), toHex(plaintext));
    }
    assert.deepEqual(calls, { generateDataKey: 1, decrypt: 0 });
    sealer.close();
  });

  test('binds to each of many records additional data of its own', async () => {
    const { open } = await setUp();
    const sealer = await open();
    const [plaintexts, aad] = [
      [utf8('a'), utf8('b'), utf8('')],
      [utf8('1'), utf8('2'), utf8('3')],
    ];
    const records = sealer.sealMany(plaintexts, { aad });
    assert.deepEqual(sealer.openMany(records, { aad }), plaintexts);
    assert.deepEqual(sealer.open(records[1]!, { aad: utf8('2') }), utf8('b'));
    const swapped = [records[1]!, records[0]!, records[2]!];
    await assertFails(
      thrown(() => sealer.openMany(swapped, { aad })),
      'InvalidCiphertextException',
    );
    await assertFails(
      thrown(() => sealer.sealMany(plaintexts, { aad: aad.slice(1) })),
      'ValidationException',
      /aad/,
    );
    sealer.close();
  });

  test('that is retired opens what it sealed, and seals under another data key from then on', async () => {
    const { open, calls } = await setUp();
    const sealer = await open();
    const before = sealer.seal(utf8('x'));
    assert.isTrue(sealer.isReady());
    sealer.retire();
    assert.isFalse(sealer.isReady());
    assert.isTrue(sealer.isLoaded(before));
    await sealer.ready();
    const after = sealer.seal(utf8('y'));
    assert.notEqual(toHex(after.subarray(1, 9)), toHex(before.subarray(1, 9)));
    assert.deepEqual(sealer.openMany([before, after, before]), [utf8('x'), utf8('y'), utf8('x')]);
    assert.equal(calls.generateDataKey, 2);
    sealer.close();
  });

  test('binds additional data and the encryption context', async () => {
    const { open } = await setUp();
    const sealer = await open({ EncryptionContext: { a: '1' } });
    const record = sealer.seal(utf8('x'), { aad: utf8('row 1') });
    assert.deepEqual(sealer.open(record, { aad: utf8('row 1') }), utf8('x'));
    await assertFails(
      thrown(() => sealer.open(record, { aad: utf8('row 2') })),
      'InvalidCiphertextException',
    );
    await assertFails(
      thrown(() => sealer.open(record)),
      'InvalidCiphertextException',
    );
    const other = await open({ EncryptionContext: { a: '2' } });
    await assertFails(other.prepare([record]), 'InvalidCiphertextException');
    for (const each of [sealer, other]) each.close();
  });

  test('refuses every change of one bit, and says nothing more', async () => {
    const { open } = await setUp();
    const sealer = await open();
    const record = sealer.seal(utf8('secret'));
    for (let bit = 0; bit < record.length * 8; bit++) {
      const error = await failure(thrown(() => sealer.open(flipBit(record, bit))));
      const isKeyId = bit >= 8 && bit < 72;
      assert.equal(error.name, isKeyId ? 'DataKeyNotLoaded' : 'InvalidCiphertextException', `bit ${bit}`);
    }
    for (let length = 0; length < record.length; length++) {
      await assertFails(
        thrown(() => sealer.open(record.slice(0, length))),
        'InvalidCiphertextException',
      );
    }
    sealer.close();
  });

  test('of another time or tab opens records once it has prepared them', async () => {
    const { open, calls } = await setUp();
    const [first, second] = [await open(), await open()];
    const records = [first.seal(utf8('1')), second.seal(utf8('2')), first.seal(utf8('3'))];
    for (const each of [first, second]) each.close();
    const later = await open();
    await assertFails(
      thrown(() => later.open(records[0] as Uint8Array)),
      'DataKeyNotLoaded',
      /prepare/,
    );
    await later.prepare(records);
    assert.equal(calls.decrypt, 2);
    assert.deepEqual(
      records.map((record) => later.open(record)),
      [utf8('1'), utf8('2'), utf8('3')],
    );
    assert.deepEqual(later.openMany(records), [utf8('1'), utf8('2'), utf8('3')]);
    await later.prepare(records);
    assert.equal(calls.decrypt, 2);
    later.close();
  });

  test('never uses a nonce twice, however many there are and however often they start', async () => {
    const { open } = await setUp({ maxMessages: 50 });
    const seen = new Set<string>();
    for (let start = 0; start < 5; start++) {
      const sealers = await Promise.all([open(), open()]);
      for (let i = 0; i < 120; i++) {
        for (const sealer of sealers) {
          await sealer.ready();
          seen.add(toHex(sealer.seal(new Uint8Array(0)).subarray(0, 13)));
        }
      }
      for (const sealer of sealers) sealer.close();
    }
    assert.equal(seen.size, 5 * 120 * 2);
  });

  test("never uses a nonce twice, also where a caller's object seals while it is read", async () => {
    const { open } = await setUp();
    const sealer = await open();
    const zeros = new Uint8Array(32);
    const records: Uint8Array[] = [];
    class Reentrant extends Uint8Array {
      override subarray(start?: number, end?: number): Uint8Array<ArrayBuffer> {
        if (start !== 0) records.push(sealer.seal(zeros));
        return new Reentrant(
          this.buffer as ArrayBuffer,
          this.byteOffset + (start ?? 0),
          (end ?? this.length) - (start ?? 0),
        );
      }
    }
    records.push(sealer.seal(zeros, { into: new Reentrant(61) }));
    let reads = 0;
    const growing = new Proxy([zeros, zeros, zeros], {
      get: (list, name) => (name === 'length' && reads++ < 2 ? 1 : Reflect.get(list, name)),
    });
    records.push(...sealer.sealMany(growing));
    records.push(sealer.seal(zeros), sealer.seal(zeros));
    // Equal plaintexts under one nonce are equal ciphertexts.
    const bodies = records.map((record) => toHex(record.slice(13)));
    assert.equal(new Set(bodies).size, bodies.length);
    for (const record of records) assert.deepEqual(sealer.open(new Uint8Array(record)), zeros);
    sealer.close();
  });

  test('stops at its limits, and goes on under a new data key', async () => {
    const { open, calls } = await setUp({ maxMessages: 4, maxBytes: 100 });
    const sealer = await open();
    const records: Uint8Array[] = [];
    for (let i = 0; i < 10; i++) {
      await sealer.ready();
      records.push(sealer.seal(new Uint8Array([i])));
    }
    assert.isAtLeast(calls.generateDataKey, 3);
    assert.deepEqual(
      records.map((record) => sealer.open(record)[0]),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    await sealer.ready(90);
    sealer.seal(new Uint8Array(90));
    await assertFails(
      thrown(() => sealer.seal(new Uint8Array(90))),
      'SealerNotReady',
      /ready/,
    );
    await assertFails(sealer.ready(101), 'ValidationException', /maxBytes/);
    sealer.close();
  });

  test('makes its next data key in good time, so that nobody waits', async () => {
    const { open, calls } = await setUp({ maxMessages: 100 });
    const sealer = await open();
    for (let round = 1; round <= 5; round++) {
      // 80 of 100: the next key is asked for while this one lasts, and takes over without anybody calling ready().
      const last = Array.from({ length: 80 }, () => sealer.seal(new Uint8Array(1))).at(-1) as Uint8Array;
      const keyIdOf = (record: Uint8Array) => toHex(record.subarray(1, 9));
      for (let i = 0; i < 18 && keyIdOf(sealer.seal(new Uint8Array(1))) === keyIdOf(last); i++) {
        await new Promise((resolve) => setTimeout(resolve, 20 * i));
      }
      assert.equal(calls.generateDataKey, 1 + round);
    }
    sealer.close();
  });

  test('lets a data key go at its age, also after a clock was set back', async () => {
    for (const change of [60_000, -1]) {
      const clock = new TestClock();
      const { open } = await setUp({ maxAge: 60_000, clock: clock.read });
      const sealer = await open();
      const record = sealer.seal(utf8('x'));
      clock.pass(change);
      await assertFails(
        thrown(() => sealer.seal(utf8('x'))),
        'SealerNotReady',
      );
      await assertFails(
        thrown(() => sealer.open(record)),
        'DataKeyNotLoaded',
      );
      await sealer.prepare([record]);
      assert.deepEqual(sealer.open(record), utf8('x'));
      await sealer.ready();
      sealer.seal(utf8('x'));
      sealer.close();
    }
  });

  test('forgets its keys on wipe, and everything on close', async () => {
    const { open } = await setUp();
    const sealer = await open();
    const record = sealer.seal(utf8('x'));
    const waiting = sealer.prepare([record]);
    sealer.wipe();
    await waiting;
    await assertFails(
      thrown(() => sealer.seal(utf8('x'))),
      'SealerNotReady',
    );
    await assertFails(
      thrown(() => sealer.open(record)),
      'DataKeyNotLoaded',
    );
    await sealer.ready();
    await sealer.prepare([record]);
    assert.deepEqual(sealer.open(record), utf8('x'));
    sealer.close();
    for (const call of [
      () => sealer.seal(utf8('x')),
      () => sealer.open(record),
      () => sealer.ready(),
      () => sealer.prepare([]),
    ]) {
      await assertFails(
        thrown(() => call()).then((value) => value),
        'CipherClosed',
      );
    }
  });

  test('seals many records of any lengths as it seals one', async () => {
    const { open } = await setUp();
    const sealer = await open();
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }),
        fc.uint8Array({ maxLength: 20 }),
        (plaintexts, aad) => {
          const records = sealer.sealMany(plaintexts, { aad });
          assert.deepEqual(
            records.map((record, i) => toHex(sealer.open(record, { aad })) === toHex(plaintexts[i] as Uint8Array)),
            plaintexts.map(() => true),
          );
          assert.deepEqual(sealer.openMany(records, { aad }).map(toHex), plaintexts.map(toHex));
        },
      ),
      { numRuns: 50 },
    );
    const records = sealer.sealMany([utf8('a'), utf8('b')]);
    records[1] = flipBit(records[1] as Uint8Array, 200);
    await assertFails(
      thrown(() => sealer.openMany(records)),
      'InvalidCiphertextException',
    );
    sealer.close();
  });

  test("writes into the caller's buffer, also over the plaintext", async () => {
    const { open } = await setUp();
    const sealer = await open();
    const buffer = new Uint8Array(100);
    buffer.set(utf8('plaintext'));
    const record = sealer.seal(buffer.subarray(0, 9), { into: buffer });
    assert.equal(record.buffer, buffer.buffer);
    assert.equal(record.length, 9 + 29);
    const into = new Uint8Array(9);
    assert.deepEqual(sealer.open(record, { into }), utf8('plaintext'));
    assert.deepEqual(into, utf8('plaintext'));
    await assertFails(
      thrown(() => sealer.seal(buffer, { into: new Uint8Array(128) })),
      'ValidationException',
      /into must have room for 129/,
    );
    await assertFails(
      thrown(() => sealer.seal('text' as never)),
      'ValidationException',
      /plaintext/,
    );
    sealer.close();
  });

  test('has an asynchronous face that waits for what it needs', async () => {
    const { open } = await setUp({ maxMessages: 3 });
    const sealer = await open();
    const plaintexts = Array.from({ length: 20 }, (_, i) => random(i * 400));
    const records = await Promise.all(plaintexts.map((plaintext) => sealer.sealAsync(plaintext, { aad: utf8('a') })));
    sealer.close();
    const later = await open();
    for (const [i, record] of records.entries()) {
      assert.equal(toHex(await later.openAsync(record, { aad: utf8('a') })), toHex(plaintexts[i] as Uint8Array));
    }
    await assertFails(later.openAsync(records[0] as Uint8Array), 'InvalidCiphertextException');
    later.close();
  });
});

describe('the store of a sealer', () => {
  test('holds each wrapped data key once, before any record, and no secret', async () => {
    const { open, store, kms } = await setUp();
    const sealer = await open();
    const record = sealer.seal(utf8('x'));
    const rows = await store.list('data-keys', { limit: 10 });
    assert.deepEqual(
      rows.map(({ id }) => id),
      [toHex(record.subarray(1, 9))],
    );
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: rows[0]?.value as Uint8Array });
    assert.equal(Plaintext.length, 32);
    sealer.close();
  });

  test('that lost a data key says which; one that exchanged it opens nothing', async () => {
    const { open, store } = await setUp();
    const [one, two] = [await open(), await open()];
    const record = one.seal(utf8('x'));
    two.seal(utf8('y'));
    for (const each of [one, two]) each.close();
    const [a, b] = await store.list('data-keys', { limit: 10 });
    const id = toHex(record.subarray(1, 9));
    const other = a?.id === id ? b : a;
    const later = await open();
    await store.commit([], [{ table: 'data-keys', id, value: other?.value as Uint8Array<ArrayBuffer> }], 'strict');
    await assertFails(later.prepare([record]), 'InvalidCiphertextException');
    await store.commit([], [{ table: 'data-keys', id }], 'strict');
    await assertFails(later.prepare([record]), 'DataKeyMissing', new RegExp(id));
    later.close();
  });
});

describe('openSealer', () => {
  test('checks its options and passes on the errors of the KMS', async () => {
    const { kms, KeyId, store } = await setUp();
    for (const bad of [{ maxMessages: 0 }, { maxMessages: 2 ** 33 }, { maxBytes: -1 }, { maxAge: Number.NaN }]) {
      await assertFails(
        openSealer(kms, { KeyId, store, ...bad }),
        'ValidationException',
        new RegExp(Object.keys(bad)[0] as string),
      );
    }
    await assertFails(openSealer(kms, { KeyId: 'alias/none', store }), 'NotFoundException');
    await kms.disableKey({ KeyId });
    await assertFails(openSealer(kms, { KeyId, store }), 'DisabledException');
  });
});
