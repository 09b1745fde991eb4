// How much one data key seals, how long it is kept, and that it is gone then: numbers, bytes, and places in the core.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { SyncAead } from '../../src/cipher/aead.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { memoryStore } from '../../src/index.ts';
import { openSealer, type Sealer, type SealerKms, type SealerOptions } from '../../src/sealer/index.ts';
import { SealingKey } from '../../src/sealer/sealing-key.ts';
import { random, toHex } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

/** What a synchronous call throws, as a promise. */
const thrown = (call: () => unknown): Promise<unknown> => new Promise((resolve) => resolve(call()));

/** Sealers of one key and store, whose KMS answers when it is let. */
async function setUp(options: Partial<SealerOptions> = {}) {
  const kms = await newKms();
  const KeyId = await newKey(kms);
  const store = memoryStore();
  let gate: Promise<void> | undefined;
  const slow: SealerKms = {
    async generateDataKey(input) {
      await gate;
      return kms.generateDataKey(input);
    },
    async decrypt(input) {
      await gate;
      return kms.decrypt(input);
    },
  };
  const hold = (): (() => void) => {
    let release = (): void => {};
    gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { open: (): Promise<Sealer> => openSealer(slow, { KeyId, store, ...options }), hold };
}

const headerOf = (record: Uint8Array): string => toHex(record.subarray(0, 13));
const keyOf = (record: Uint8Array): string => toHex(record.subarray(1, 9));

async function freePlaces(): Promise<number> {
  const ciphers = await loadSyncCiphers();
  const open: SyncAead[] = [];
  while (!ciphers.isFull) open.push(ciphers.openKey(random(32)));
  for (const cipher of open) cipher.close();
  return open.length;
}

describe('one data key of a sealer', () => {
  test('gives each record a number of its own, sealed one by one, many at once, and later', async () => {
    const { open } = await setUp();
    const sealer = await open();
    const zeros = new Uint8Array(24);
    const records: Uint8Array[] = [];
    for (const count of [3, 1, 0, 7, 2, 250]) {
      records.push(sealer.seal(zeros));
      records.push(...sealer.sealMany(Array.from({ length: count }, () => zeros)));
      records.push(...(await Promise.all([sealer.sealAsync(zeros), sealer.sealAsync(zeros)])));
    }
    assert.equal(new Set(records.map(keyOf)).size, 1);
    assert.equal(new Set(records.map(headerOf)).size, records.length);
    // Equal plaintexts under one nonce would be equal ciphertexts.
    assert.equal(new Set(records.map((record) => toHex(record.subarray(13)))).size, records.length);
    sealer.close();
  });

  test('seals as many records and bytes as its limits say, and not one more', async () => {
    const { open } = await setUp({ maxMessages: 8, maxBytes: 1000 });
    const sealer = await open();
    const many = (count: number, bytes: number) => Array.from({ length: count }, () => new Uint8Array(bytes));
    const refused = (list: readonly Uint8Array[]) =>
      assertFails(
        thrown(() => sealer.sealMany(list)),
        'SealerNotReady',
      );
    await refused(many(9, 0));
    const first = sealer.sealMany(many(5, 0));
    await refused(many(4, 0));
    assert.isFalse(sealer.isReady(0, 4));
    assert.isTrue(sealer.isReady(0, 3));
    const rest = sealer.sealMany(many(3, 0));
    assert.equal(new Set([...first, ...rest].map(keyOf)).size, 1);
    await sealer.ready(0, 8);
    const next = sealer.sealMany(many(4, 250));
    assert.notEqual(keyOf(next[0] as Uint8Array), keyOf(first[0] as Uint8Array));
    await sealer.ready(1000);
    await refused([new Uint8Array(999), new Uint8Array(2)]);
    sealer.seal(new Uint8Array(1000));
    sealer.close();
  });

  test('has 2^32 numbers, whatever the limit', () => {
    const key = { loadedAt: 0 } as ConstructorParameters<typeof SealingKey>[0];
    const sealing = new SealingKey(key, { maxMessages: 2 ** 40, maxBytes: 1, maxAge: 1 });
    assert.equal(sealing.take(2 ** 32 - 1, 0, 0), 0);
    assert.isUndefined(sealing.take(2, 0, 0));
    assert.equal(sealing.take(1, 0, 0), 2 ** 32 - 1);
    assert.isUndefined(sealing.take(1, 0, 0));
  });
});

describe('a data key that was on its way when the sealer was wiped', () => {
  test('is not taken in, neither to seal nor to open, and leaves no place in the core', async () => {
    const { open, hold } = await setUp();
    const writer = await open();
    const record = writer.seal(new Uint8Array(1));
    writer.close();
    const sealer = await open();
    sealer.wipe();
    const before = await freePlaces();
    for (const wait of [() => sealer.ready(), () => sealer.prepare([record])]) {
      const release = hold();
      const waiting = wait().catch(() => {});
      sealer.wipe();
      release();
      await waiting;
      assert.isFalse(sealer.isReady());
      assert.isFalse(sealer.isLoaded(record));
      assert.equal(await freePlaces(), before);
    }
    sealer.close();
  });
});

describe('the data keys that a sealer has loaded', () => {
  test('give way to others, and give their places in the core back', async () => {
    const { open } = await setUp();
    const before = await freePlaces();
    const records: Uint8Array[] = [];
    const writer = await open();
    for (let i = 0; i < 40; i++) {
      records.push(writer.seal(new Uint8Array(1)));
      writer.retire();
      await writer.ready();
    }
    writer.close();
    assert.equal(await freePlaces(), before);
    const sealer = await open();
    for (const record of records) {
      await sealer.prepare([record]);
      assert.equal(sealer.open(record).length, 1);
    }
    assert.isAtLeast(await freePlaces(), before - 17);
    sealer.close();
    assert.equal(await freePlaces(), before);
  });
});

describe('what is sealed and opened later', () => {
  test('is what was given at the call, whatever happens to it after', async () => {
    const { open } = await setUp();
    const [sealer, reader] = [await open(), await open()];
    const [plaintext, aad] = [random(20), random(5)];
    const [plain, bound] = [plaintext.slice(), aad.slice()];
    sealer.retire();
    const sealing = sealer.sealAsync(plaintext, { aad });
    plaintext.fill(0);
    aad.fill(0);
    const record = await sealing;
    assert.deepEqual(sealer.open(record, { aad: bound }), plain);
    const [changing, changingAad] = [record.slice(), bound.slice()];
    const opening = reader.openAsync(changing, { aad: changingAad });
    changing.fill(0);
    changingAad.fill(0);
    assert.deepEqual(await opening, plain);
    for (const each of [sealer, reader]) each.close();
  });

  test('is nothing where one of many is forged: what was opened before it is wiped', async () => {
    const { open } = await setUp();
    const sealer = await open();
    const first = sealer.sealMany([random(100), random(100)]);
    sealer.retire();
    await sealer.ready();
    const second = sealer.seal(random(100));
    second[20] = (second[20] as number) ^ 1;
    const made: Uint8Array[] = [];
    const original = Uint8Array.prototype.fill;
    // biome-ignore lint/suspicious/noExplicitAny: any arguments pass through
    Uint8Array.prototype.fill = function (this: Uint8Array, ...given: any) {
      made.push(this);
      return original.apply(this, given);
    } as never;
    try {
      await assertFails(
        thrown(() => sealer.openMany([...first, second])),
        'InvalidCiphertextException',
      );
    } finally {
      Uint8Array.prototype.fill = original;
    }
    const result = made.find(({ length }) => length === 300);
    assert.isTrue(result?.every((byte) => byte === 0));
    sealer.close();
  });
});
