// The WASM core against WebCrypto and other libraries: whole messages, many records in a call, a fresh key for each record.
import { openCipher } from '../../dist/cipher/cipher.js';
import { loadSyncCiphers } from '../../dist/cipher/wasm-engine.js';
import type { Case, Effort, Row, Subject } from '../harness/measure.ts';
import { awaited, concurrent, sync } from '../harness/subjects.ts';
import type { BenchRuntime, Suite } from '../harness/suite.ts';
import { loadPeers } from '../peers/peers.ts';
import { ratios } from './core-targets.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const small: Effort = { rounds: 61, slice: 2 };
const large: Effort = { rounds: 11, slice: 30 };
const inFlight = 64;

function random(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

async function nodeCrypto(key: Bytes, iv: Bytes, message: Bytes): Promise<Subject> {
  const { createCipheriv } = await import('node:crypto');
  return sync('node:crypto', () => {
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    return [cipher.update(message), cipher.final(), cipher.getAuthTag()];
  });
}

async function* cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]> {
  const ciphers = await loadSyncCiphers();
  const peers = await loadPeers();
  const [key, iv] = [random(32), random(12)];
  const cipher = ciphers.openKey(key);
  const native = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const encrypt = (message: Bytes): Promise<ArrayBuffer> =>
    crypto.subtle.encrypt({ name: 'AES-GCM', iv }, native, message);
  const either = await openCipher(key);

  for (const bytes of [64, 256, 1024, 2048, 4096, 16_384, 65_536, 1 << 20, 16 << 20]) {
    const message = random(bytes);
    const into = new Uint8Array(bytes + 16);
    const width = bytes > 65_536 ? (bytes > 1 << 20 ? 4 : 16) : inFlight;
    const subjects = [
      sync('keyhaven, into the caller’s buffer', () => cipher.seal(iv, message, { into })),
      sync('keyhaven, new array', () => cipher.seal(iv, message)),
      awaited('keyhaven, asynchronous', () => either.seal(iv, message, { into })),
      awaited('subtle, awaited', () => encrypt(message)),
      concurrent('subtle, 64 in flight', width, () => encrypt(message)),
      ...(runtime === 'node' ? [await nodeCrypto(key, iv, message)] : []),
      ...peers.filter(({ upTo }) => bytes <= upTo).map((peer) => sync(peer.name, () => peer.seal(message))),
    ];
    yield [{ name: 'seal', bytes, subjects }, bytes > 65_536 ? large : small];
    const sealed = cipher.seal(iv, message);
    const opened = new Uint8Array(bytes);
    if (bytes <= 4096)
      yield [
        {
          name: 'open',
          bytes,
          subjects: [
            sync('keyhaven, into the caller’s buffer', () => cipher.open(iv, sealed, { into: opened })),
            awaited('subtle, awaited', () => crypto.subtle.decrypt({ name: 'AES-GCM', iv }, native, sealed as Bytes)),
          ],
        },
        small,
      ];
  }

  for (const bytes of [64, 256, 1024]) {
    const records = Array.from({ length: inFlight }, () => random(bytes));
    const ivs = random(12 * inFlight);
    const into = new Uint8Array(inFlight * (bytes + 16));
    /** A unit of work is one record, so a call is 64 of them. */
    const perRecord = (name: string, work: () => unknown): Subject => ({
      name,
      run(count) {
        for (let left = count; left > 0; left -= inFlight) work();
      },
    });
    const subjects = [
      perRecord('keyhaven, sealMany of 64', () => cipher.sealMany(ivs, records, { into })),
      concurrent('subtle, 64 in flight', inFlight, () => encrypt(records[0] as Bytes)),
    ].map((subject): Subject => ({ name: subject.name, run: (count) => subject.run(inFlight * count) }));
    // Counted by calls and divided here, because a part of a call cannot be run.
    yield [{ name: 'sealMany', bytes: bytes * inFlight, subjects }, small];
  }

  for (const bytes of [64, 256, 1024]) {
    const message = random(bytes);
    const into = new Uint8Array(bytes + 16);
    const subjects = [
      sync('keyhaven, open key, seal, close', () => {
        const fresh = ciphers.openKey(key);
        fresh.seal(iv, message, { into });
        fresh.close();
      }),
      awaited('subtle, importKey and encrypt', async () => {
        const fresh = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
        return crypto.subtle.encrypt({ name: 'AES-GCM', iv }, fresh, message);
      }),
    ];
    yield [{ name: 'fresh key', bytes, subjects }, small];
  }
  cipher.close();
}

function summary(rows: readonly Row[], runtime: BenchRuntime): string[] {
  return ratios(rows, runtime).map(({ target: { case: title, bytes, theirs, reach, goFor }, ratio }) => {
    const verdict = ratio >= goFor ? 'beyond' : ratio >= reach ? 'reached' : 'MISSED';
    return `${verdict.padEnd(8)} ${ratio.toFixed(2).padStart(7)}x  (reach ${reach}x, go for ${goFor}x)  ${title} ${bytes} B against ${theirs}`;
  });
}

const suite: Suite = { cases, summary };
export default suite;
