// An independent reader of the trail over node:crypto, written from docs/formats.md and not from src/.
import { strict as assert } from 'node:assert';
import { createDecipheriv, createHash, createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { test } from 'vitest';
import { memoryStore, openKms, type Store } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newKey } from '../support/kms.ts';

const byte = (n: number): Buffer => Buffer.from([n]);
const text = (t: string): Buffer => Buffer.from(t, 'utf8');
const hmac = (key: Buffer, ...parts: Buffer[]): Buffer =>
  createHmac('sha512', key).update(Buffer.concat(parts)).digest();

/** The keyring's own key, which lies wrapped under the root key. */
function keyringKey(root: Buffer, value: Uint8Array): Buffer {
  const wrapped = Buffer.from(value);
  const decipher = createDecipheriv('aes-256-gcm', root, wrapped.subarray(0, 12));
  decipher.setAAD(Buffer.concat([text('keyhaven/v1/wrapped-material'), byte(0), text('keyring')]));
  decipher.setAuthTag(wrapped.subarray(-16));
  return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
}

function readRow(key: Buffer, table: string, id: string, value: Uint8Array) {
  const [mac, json] = [Buffer.from(value.subarray(0, 32)), Buffer.from(value.subarray(32))];
  const parts = [text('keyhaven/v1/row'), byte(0), text(table), byte(0), text(id), byte(0), json];
  assert.deepEqual(hmac(key, ...parts).subarray(0, 32), mac, `${table}/${id}`);
  return { mac: mac.toString('hex'), record: JSON.parse(json.toString('utf8')) };
}

async function readTrail(store: Store, root: Buffer) {
  const [wrapped, headRow, ownRow] = await store.read([
    { table: 'materials', id: 'keyring' },
    { table: 'trail-head', id: 'head' },
    { table: 'keyring', id: 'keyring' },
  ]);
  assert(wrapped && headRow && ownRow);
  const key = keyringKey(root, wrapped.value);
  const trail = readRow(key, 'keyring', 'keyring', ownRow.value).record.id;
  const head = readRow(key, 'trail-head', 'head', headRow.value).record;
  let [next, mac] = [head.start.sequence, head.start.mac];
  const events: { sequence: number; name: string; arn: string; at: number }[] = [];
  for (const row of [...(await store.list('trail', { limit: 1000 }))].reverse()) {
    const group = readRow(key, 'trail', row.id, row.value);
    const { first, previous, contexts, events: stored } = group.record;
    assert.equal(row.id, String(2 ** 53 - 1 - first).padStart(16, '0'));
    assert.deepEqual([first, previous], [next, mac]);
    for (const { name, by, at } of stored) events.push({ sequence: next++, name, arn: contexts[by].arn, at });
    mac = group.mac;
  }
  assert.deepEqual([head.sequence, head.mac], [next - 1, mac]);
  const eventId = (sequence: number, at: number, account: string): string => {
    const named = [text('keyhaven/v1/trail-event-id'), byte(0), text(`${trail}/${sequence}/${at}/${account}`)];
    const id = createHash('sha256').update(Buffer.concat(named)).digest().subarray(0, 16);
    id[6] = ((id[6] as number) & 15) | 0x80;
    id[8] = ((id[8] as number) & 63) | 0x80;
    return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
  return { events, eventId };
}

test('a reader that was written from the formats alone follows the chain, and checks the digests', async () => {
  const bytes = randomBytes(32);
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  const root = await crypto.subtle.importKey('raw', bytes, { name: 'AES-GCM', length: 256 }, false, usages);
  const store = memoryStore();
  const kms = await openKms({ store, root });
  const KeyId = await newKey(kms);
  for (let i = 0; i < 4; i++) {
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    await kms.trail.flush();
  }
  const { events, eventId } = await readTrail(store, bytes);
  assert.deepEqual(
    events.map(({ name }) => name),
    ['CreateKey', 'Encrypt', 'Encrypt', 'Encrypt', 'Encrypt'],
  );
  assert.equal(events[0]?.arn, 'arn:aws:iam::000000000000:root');
  const shown = (await kms.trail.lookup()).Events.map(({ EventId }) => EventId).reverse();
  assert.deepEqual(
    shown,
    events.map(({ sequence, at }) => eventId(sequence, at, '000000000000')),
  );

  const files = [];
  for await (const file of kms.trail.export({ bucket: 'a-bucket' })) files.push(file);
  const [log, digest] = files;
  const [key] = (await kms.trail.publicKeys()).PublicKeyList;
  assert(log && digest && key);
  const content = gunzipSync(digest.body);
  const parsed = JSON.parse(content.toString('utf8'));
  const hash = (of: Buffer) => createHash('sha256').update(of).digest('hex');
  assert.equal(parsed.logFiles[0].hashValue, hash(gunzipSync(log.body)));
  assert.equal(parsed.digestPublicKeyFingerprint, createHash('md5').update(key.Value).digest('hex'));
  const signed = [parsed.digestEndTime, `a-bucket/${digest.object}`, hash(content), 'null'].join('\n');
  const publicKey = createPublicKey({ key: Buffer.from(key.Value), format: 'der', type: 'pkcs1' });
  assert(verify('sha256', text(signed), publicKey, Buffer.from(digest.metadata['signature'] ?? '', 'hex')));
});
