// A reader of records written from docs/formats.md alone, with node:crypto: nothing of the library but a row and a data key.
import { createDecipheriv, createHmac } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { memoryStore } from '../../src/index.ts';
import { BlindKeys } from '../../src/records/blind-keys.ts';
import { DataKeyRows } from '../../src/records/data-key-rows.ts';
import { RowCipher } from '../../src/records/row-cipher.ts';
import { Rows, type StoredRow } from '../../src/records/rows.ts';
import { planStore } from '../../src/records/schema.ts';
import { makeSealer } from '../../src/sealer/open.ts';
import { newKey, newKms } from '../support/kms.ts';

const u32 = (n: number): Buffer => Buffer.from([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
const text = (value: string): Buffer => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);
const f64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};

function keyBytes(key: unknown): Buffer {
  if (typeof key === 'number') return Buffer.concat([Buffer.from([1]), f64(key)]);
  if (key instanceof Date) return Buffer.concat([Buffer.from([2]), f64(+key)]);
  if (typeof key === 'string')
    return Buffer.concat([Buffer.from([3]), u32(key.length), Buffer.from(key, 'utf16le').swap16()]);
  if (Array.isArray(key)) return Buffer.concat([Buffer.from([5]), u32(key.length), ...key.map(keyBytes)]);
  const bytes = Buffer.from(key as ArrayBuffer);
  return Buffer.concat([Buffer.from([4]), u32(bytes.length), bytes]);
}

function additionalData(store: string, key: unknown, row: StoredRow): Buffer {
  const names = Object.keys(row.keys ?? {}).sort();
  return Buffer.concat([
    Buffer.from('keyhaven/v1/record\0'),
    u32(row.version),
    text(store),
    keyBytes(key),
    u32(names.length),
    ...names.flatMap((name) => [text(name), keyBytes(row.keys?.[name])]),
  ]);
}

/** The encryption context as the AWS Encryption SDK serialises it: one pair here. */
function context(key: string, value: string): Buffer {
  const u16 = (n: number) => Buffer.from([n >>> 8, n & 255]);
  return Buffer.concat([u16(1), u16(key.length), Buffer.from(key), u16(value.length), Buffer.from(value)]);
}

function open(dataKey: Uint8Array, name: string, aad: Buffer, sealed: Uint8Array): Buffer {
  const derived = createHmac('sha512', dataKey)
    .update('keyhaven/v1/sealer\0')
    .update(context('keyhaven:records', name))
    .digest();
  assert.equal(sealed[0], 0xa3);
  assert.deepEqual(Buffer.from(sealed.subarray(1, 9)), derived.subarray(32, 40));
  const nonce = Buffer.concat([Buffer.alloc(8), sealed.subarray(9, 13)]);
  const decipher = createDecipheriv('aes-256-gcm', derived.subarray(0, 32), nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]);
}

/** The value's parts, its padding taken off. */
function read(plaintext: Buffer): { format: number; parts: Buffer[] } {
  const format = (plaintext[0] as number) & 0x7f;
  const end = (plaintext[0] as number) & 0x80 ? plaintext.lastIndexOf(0x80) : plaintext.length;
  const body = plaintext.subarray(1, end);
  if (format === 1) return { format, parts: [body] };
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += 4 + body.readUInt32BE(at))
    parts.push(body.subarray(at + 4, at + 4 + body.readUInt32BE(at)));
  return { format, parts };
}

async function setUp() {
  const kms = await newKms();
  const keyId = await newKey(kms);
  const store = memoryStore();
  const name = 'app';
  const dataKeys = new DataKeyRows(store, () => 1234);
  const sealer = makeSealer(kms, { KeyId: keyId, EncryptionContext: { 'keyhaven:records': name } }, dataKeys.of(keyId));
  const cipher = new RowCipher(sealer, sealer, true);
  const blindKeys = new BlindKeys(cipher, store);
  await blindKeys.load(true);
  const rows = new Rows(cipher, blindKeys);
  const write = async (plan: ReturnType<typeof planStore>, value: unknown, key?: unknown) => {
    await rows.ready(plan);
    const draft = rows.draft(plan, value, key);
    const stored = rows.stored(plan, draft.key as number);
    return { stored, row: await rows.seal(plan, draft, await draft.bytes, stored) };
  };
  const dataKey = async (): Promise<Uint8Array> => {
    const [row] = await store.list('data-keys', { limit: 2 });
    const value = Buffer.from(row!.value);
    assert.equal(value.readDoubleBE(0), 1234);
    const end = 10 + value.readUInt16BE(8);
    assert.equal(value.subarray(10, end).toString(), keyId);
    const EncryptionContext = { 'keyhaven:records': name };
    return (await kms.decrypt({ CiphertextBlob: value.subarray(end), EncryptionContext })).Plaintext!;
  };
  return { name, store, write, dataKey };
}

describe('a reader made from the documentation', () => {
  test('reads a record with index keys', async () => {
    const { name, write, dataKey } = await setUp();
    const indexes = { 'by-tag': { keyPath: 'tags', multiEntry: true }, born: { keyPath: 'born' } };
    const plan = planStore('people', { keyPath: ['id', 'name'], indexes }, 7);
    const value = { id: 1, name: 'Zoë', tags: ['a', 'b'], born: 5 };
    const { stored, row } = await write(plan, value);
    assert.deepEqual(row.keys, { kby_002dtag: ['a', 'b'], kborn: 5 });
    const { format, parts } = read(open(await dataKey(), name, additionalData('people', stored, row), row.sealed));
    assert.equal(format, 1);
    assert.deepEqual(JSON.parse(String(parts[0])), value);
  });

  test('reads a record with bytes, padded', async () => {
    const { name, write, dataKey } = await setUp();
    const plan = planStore('files', { padding: 256 }, 1);
    const { stored, row } = await write(plan, { data: new Uint8Array([1, 2, 0x80]) }, new Date(9));
    const plaintext = open(await dataKey(), name, additionalData('files', stored, row), row.sealed);
    assert.equal(plaintext.length, 256);
    const { format, parts } = read(plaintext);
    assert.equal(format, 2);
    assert.deepEqual(JSON.parse(String(parts[0])), [{ data: 1 }, ['k', 2], [3, 4, 5], 'view', 'Uint8Array', 0]);
    assert.deepEqual([...(parts[1] as Buffer)], [1, 2, 0x80]);
  });

  test('computes blind keys', async () => {
    const { name, store, write, dataKey } = await setUp();
    const plan = planStore('people', { blind: true, indexes: { mail: { keyPath: 'mail', blind: true } } }, 1);
    const { stored, row } = await write(plan, { mail: 'ada@x' }, 'ada');
    const [sealed] = await store.read([{ table: 'blind-keys', id: 'blind-key' }]);
    const secret = open(await dataKey(), name, Buffer.from('keyhaven/v1/blind-key\0'), sealed!.value);
    const blind = (key: string, ...names: string[]) => {
      const label = Buffer.concat([Buffer.from('keyhaven/v1/record-blind\0'), ...names.map(text)]);
      const own = createHmac('sha256', secret).update(label).digest();
      return createHmac('sha256', own).update(keyBytes(key)).digest();
    };
    assert.deepEqual(Buffer.from(stored as ArrayBuffer), blind('ada', 'people'));
    assert.deepEqual(Buffer.from(row.keys?.['kmail'] as ArrayBuffer), blind('ada@x', 'people', 'mail'));
    const { parts } = read(open(await dataKey(), name, additionalData('people', stored, row), row.sealed));
    assert.deepEqual(JSON.parse(String(parts[0])), ['ada', { mail: 'ada@x' }]);
  });
});
