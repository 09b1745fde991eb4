// An independent reader of slots and backups over node:crypto, written from docs/formats.md and not from src/.
import { strict as assert } from 'node:assert';
import * as crypto from 'node:crypto';
import { describe, test } from 'vitest';
import { newRecoveryCode, passphrase, recoveryCode, rootFromSecret, secret } from '../../src/unlock/index.ts';
import { newKey } from '../support/kms.ts';
import { bytesOf, live, newKeyring, Plaintext } from './support.ts';

const hkdf = (key: Buffer, info: string): Buffer =>
  Buffer.from(crypto.hkdfSync('sha256', key, Buffer.alloc(0), Buffer.from(info), 32));
const hmac = (key: Buffer, ...parts: (Buffer | string)[]): Buffer =>
  crypto
    .createHmac('sha512', key)
    .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    .digest();

function gcm(key: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAAD(aad).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

interface Header {
  keyring: string;
  slot: string;
  kind: string;
  parameters: Record<string, string | number>;
}

/** The root of a slot. @param secretOf the method's secret, from the parameters */
function openSlot(value: Buffer, secretOf: (header: Header) => Buffer): Buffer {
  assert.equal(value.subarray(0, 2).toString('hex'), 'd101');
  const n = value.readUInt16BE(2);
  const header = JSON.parse(value.subarray(4, 4 + n).toString()) as Header;
  const info = ['keyhaven/v1/slot-key', header.kind, header.keyring, header.slot].join('\0');
  const aad = Buffer.concat([Buffer.from('keyhaven/v1/root-slot\0'), value.subarray(0, 4 + n)]);
  return gcm(hkdf(secretOf(header), info), value.subarray(4 + n), aad);
}

/** All chunks of a Cobblestone-256 message. */
function cobblestone(key: Buffer, context: Buffer, message: Buffer): Buffer {
  const info = Buffer.concat([
    Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'),
    message.subarray(0, 24),
    context,
  ]);
  const t1 = hmac(key, info, Buffer.from([1]));
  const okm = Buffer.concat([t1, hmac(key, t1, info, Buffer.from([2]))]);
  assert(crypto.timingSafeEqual(okm.subarray(44, 76), message.subarray(24, 56)));
  const parts: Buffer[] = [];
  for (let index = 0, offset = 56; offset < message.length; index++, offset += 16_400) {
    const nonce = Buffer.from(okm.subarray(32, 44));
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8);
    parts.push(
      gcm(okm.subarray(0, 32), Buffer.concat([nonce, message.subarray(offset, offset + 16_400)]), Buffer.alloc(0)),
    );
  }
  return Buffer.concat(parts);
}

interface Row {
  table: string;
  id: string;
  value: Buffer;
}

/** The rows of a backup, and its root. */
function readBackup(
  file: Buffer,
  secretOf: (header: Header) => Buffer,
): { root: Buffer; rows: Row[]; header: Record<string, unknown> } {
  assert.equal(file.subarray(0, 2).toString('hex'), 'd201');
  const n = file.readUInt32BE(2);
  const header = JSON.parse(file.subarray(6, 6 + n).toString()) as { slots: string[] };
  const root = openSlot(Buffer.from(header.slots[0] as string, 'base64'), secretOf);
  const hash = crypto
    .createHash('sha256')
    .update(file.subarray(0, 6 + n))
    .digest('hex');
  const fileKey = gcm(root, file.subarray(6 + n, 66 + n), Buffer.from(`keyhaven/v1/sealed-secret\0backup/${hash}`));
  const plain = cobblestone(fileKey, file.subarray(0, 66 + n), file.subarray(66 + n));
  const rows: Row[] = [];
  for (let offset = 0; offset < plain.length; ) {
    const take = (size: 1 | 2 | 4): Buffer => {
      const length = plain.readUIntBE(offset, size);
      offset += size + length;
      return plain.subarray(offset - length, offset);
    };
    rows.push({ table: take(1).toString(), id: take(2).toString(), value: Buffer.from(take(4)) });
  }
  return { root, rows, header };
}

describe('an independent reader over node:crypto', () => {
  test('opens a passphrase slot with Argon2id, and one with PBKDF2', async (context) => {
    const argon2 = (crypto as unknown as { argon2Sync?: (name: string, options: object) => Buffer }).argon2Sync;
    if (argon2 === undefined) context.skip('this Node has no Argon2');
    const text = 'Crème brûlée, bitte';
    const slots = [
      passphrase(text, { memory: 19_456, iterations: 2 }),
      passphrase(text, { kdf: 'pbkdf2', iterations: 210_000 }),
    ];
    const { store } = await newKeyring('locked', slots);
    const message = Buffer.from(text.normalize('NFKC'));
    const secretOf = ({ parameters }: Header): Buffer => {
      const nonce = Buffer.from(parameters['salt'] as string, 'base64');
      if (parameters['kdf'] === 'pbkdf2-sha512')
        return crypto.pbkdf2Sync(message, nonce, parameters['iterations'] as number, 32, 'sha512');
      const { memory, parallelism, iterations: passes } = parameters;
      return argon2?.('argon2id', { message, nonce, parallelism, tagLength: 32, memory, passes }) as Buffer;
    };
    const roots = (await store.list('slots', { limit: 10 })).map(({ value }) =>
      openSlot(Buffer.from(value), secretOf).toString('hex'),
    );
    assert.equal(roots.length, 2);
    assert.equal(roots[0], roots[1]);
    const [mac] = await store.read([{ table: 'materials', id: 'keyring' }]);
    const root = Buffer.from(roots[0] as string, 'hex');
    assert.equal(
      gcm(root, Buffer.from(mac?.value as Uint8Array), Buffer.from('keyhaven/v1/wrapped-material\0keyring')).length,
      32,
    );
  });

  test('opens the slot of a secret, and makes the root that rootFromSecret makes', async () => {
    const bytes = crypto.randomBytes(32);
    const { store } = await newKeyring('locked', [secret(new Uint8Array(bytes))]);
    const [slot] = await store.list('slots', { limit: 1 });
    assert.equal(openSlot(Buffer.from(slot?.value as Uint8Array), () => bytes).length, 32);
    const root = await rootFromSecret(new Uint8Array(bytes));
    const [iv, plaintext] = [crypto.randomBytes(12), Buffer.from('probe')];
    const parameters = { name: 'AES-GCM', iv, additionalData: new Uint8Array(0), tagLength: 128 };
    const sealed = Buffer.from(await globalThis.crypto.subtle.encrypt(parameters, root, plaintext));
    const own = hkdf(bytes, 'keyhaven/v1/root-from-secret');
    assert.deepEqual(gcm(own, Buffer.concat([iv, sealed]), Buffer.alloc(0)), plaintext);
  });

  for (const mode of ['locked', 'recoverable'] as const)
    test(`reads a backup of a ${mode} keyring down to the bytes of its keys, and decrypts with them`, async () => {
      const code = newRecoveryCode();
      const { kms } = await newKeyring(mode, [recoveryCode(code)]);
      const { encrypt } = await live(kms);
      for (let i = 0; i < 40; i++) await newKey(kms, { Description: 'x'.repeat(500) });
      const file = Buffer.from(
        await bytesOf((await kms.export({ records: [{ id: 'note', value: Plaintext }] })).stream),
      );
      const { root, rows, header } = readBackup(file, () => Buffer.from(code.replaceAll('-', '').slice(0, 26)));
      assert.equal(header['mode'], mode);
      assert(file.length > 20_000, 'more than one chunk');

      // Every record has its MAC, and the sums are those of the keyring's own row.
      const open = (id: string, label: string): Buffer =>
        gcm(
          root,
          rows.find((row) => row.table === 'materials' && row.id === id)?.value as Buffer,
          Buffer.from(`keyhaven/v1/wrapped-material\0${label}`),
        );
      const macKey = open('keyring', 'keyring');
      const sums = new Array<bigint>(33).fill(0n);
      for (const { table, id, value } of rows) {
        if (table === 'materials' || table === 'records') continue;
        const [mac, json] = [value.subarray(0, 32), value.subarray(32)];
        assert.deepEqual(hmac(macKey, `keyhaven/v1/row\0${table}\0${id}\0`, json).subarray(0, 32), mac);
        if (!['keys', 'aliases', 'grants'].includes(table)) continue;
        const term = BigInt(
          `0x${hmac(macKey, `keyhaven/v1/row-digest\0${table}\0${id}\0`, mac).subarray(0, 32).toString('hex')}`,
        );
        let h = 0;
        for (const c of `${table}/${id}`) h = (Math.imul(31, h) + c.charCodeAt(0)) >>> 0;
        sums[0] = ((sums[0] as bigint) + term) % (1n << 256n);
        sums[1 + (h % 32)] = ((sums[1 + (h % 32)] as bigint) + term) % (1n << 64n);
      }
      const digest = sums.map((sum, i) => sum.toString(16).padStart(i === 0 ? 64 : 16, '0')).join('');
      const own = JSON.parse(
        rows
          .find(({ table }) => table === 'keyring')
          ?.value.subarray(32)
          .toString() as string,
      );
      assert.equal(Buffer.from(own.digest, 'base64').toString('hex'), digest);
      assert.equal(own.generation, header['generation']);
      assert.deepEqual(rows.find(({ table }) => table === 'records')?.value, Buffer.from(Plaintext));

      const record = rows.find(({ table, id }) => table === 'keys' && id.endsWith(encrypt.KeyId));
      const [{ id: materialId }] = JSON.parse(record?.value.subarray(32).toString() as string).materials;
      const material = open(`000000000000/us-east-1/${encrypt.KeyId}/${materialId}`, encrypt.KeyId);
      const blob = Buffer.from(encrypt.CiphertextBlob);
      assert.deepEqual(cobblestone(material, blob.subarray(0, 51), blob.subarray(51)), Buffer.from(Plaintext));
    });

  test('checks a recovery code by the polynomial of its checksum', () => {
    const exp = [1];
    for (let i = 1; i < 31; i++) {
      const next = (exp[i - 1] as number) << 1;
      exp.push(next & 32 ? next ^ 0x25 : next);
    }
    const times = (a: number, b: number) => (a && b ? (exp[(exp.indexOf(a) + exp.indexOf(b)) % 31] as number) : 0);
    for (let round = 0; round < 50; round++) {
      const symbols = [...newRecoveryCode().replaceAll('-', '')].map((c) =>
        '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(c),
      );
      assert.equal(symbols.length, 30);
      // A codeword is zero at a, a^2, a^3 and a^4.
      for (const root of exp.slice(1, 5))
        assert.equal(
          symbols.reduce((sum, c) => times(sum, root) ^ c, 0),
          0,
        );
    }
  });
});
