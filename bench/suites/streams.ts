// Whole streams of 256 MB: Cobblestone-256 and one-tag GCM, both ways, against one call of WebCrypto for 16 MB, and against the libraries
// that people encrypt files with in browsers.
import { openKms } from '../../dist/index.js';
import { memoryStore } from '../../dist/store/index.js';
import {
  decryptStream,
  encryptStream,
  gcmDecryptStream,
  gcmDecryptStreamUnverified,
  gcmEncryptStream,
  openStreamWorkers,
} from '../../dist/streams/index.js';
import type { Case, Effort, Row, Subject } from '../harness/measure.ts';
import type { BenchRuntime, Suite } from '../harness/suite.ts';
import { loadFilePeers } from '../peers/files.ts';
import { reference, streamRatios } from './streams-targets.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const megabyte = 1 << 20;
const message = 256 * megabyte;
const oneShot = 16 * megabyte;
/** What a file gives at a time. */
const piece = 256 << 10;

function random(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

const window = random(8 * megabyte);

/** A source that reuses its memory: what is measured is encryption, not the making of input. */
function source(length: number): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= length) return controller.close();
        const from = at % window.length;
        controller.enqueue(window.subarray(from, from + Math.min(piece, length - at)));
        at += piece;
      },
    },
    { highWaterMark: 0 },
  );
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader();
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.length;
  return length;
}

/** Reads into one buffer that serves again and again, as a reader that writes to a file can. */
async function drainInto(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader({ mode: 'byob' });
  let buffer = new ArrayBuffer(512 << 10);
  for (let length = 0; ; ) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (value === undefined) throw new Error('The stream was cancelled.');
    if (done) return length;
    length += value.length;
    buffer = value.buffer;
  }
}

/** Repeats a message in memory as long as a stream needs: for decryption, whose input is prepared once. */
function replayed(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const bytes = pieces[next++];
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
}

async function piecesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  return pieces;
}

const effort: Effort = { rounds: 5, slice: 1 };
const times = (name: string, work: () => Promise<unknown>): Subject => ({
  name,
  async run(count) {
    for (let i = 0; i < count; i++) await work();
  },
});

async function* cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]> {
  const kms = await openKms({ store: memoryStore() });
  const { KeyMetadata } = await kms.createKey({});
  const options = { KeyId: KeyMetadata?.KeyId as string, EncryptionContext: { bench: 'streams' } };
  const opening = { EncryptionContext: options.EncryptionContext };
  const [key, iv, big] = [random(32), random(12), random(oneShot)];
  const native = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const parameters = { name: 'AES-GCM', iv, additionalData: new Uint8Array(0), tagLength: 128 };
  const cobblestone = await piecesOf(source(message).pipeThrough(encryptStream(kms, options)));
  const gcm = await piecesOf(source(message).pipeThrough(gcmEncryptStream({ key, iv })));
  const seal = (more: object) => () => drain(source(message).pipeThrough(encryptStream(kms, { ...options, ...more })));
  const open = (more: object) => () =>
    drain(replayed(cobblestone).pipeThrough(decryptStream(kms, { ...opening, ...more })));
  const workers = openStreamWorkers({ count: 2 });
  const sealInto = (more: object) => () =>
    drainInto(source(message).pipeThrough(encryptStream(kms, { ...options, ...more, readableType: 'bytes' })));
  const openInto = (more: object) => () =>
    drainInto(replayed(cobblestone).pipeThrough(decryptStream(kms, { ...opening, ...more, readableType: 'bytes' })));
  const peers = await loadFilePeers(runtime);
  const own: Subject[] = [
    // As many calls as make the message, so that a unit of work is as long as the others'.
    times(reference, async () => {
      for (let at = 0; at < message; at += oneShot) await crypto.subtle.encrypt(parameters, native, big);
    }),
    times('encryptStream', seal({})),
    times('decryptStream', open({})),
    times('encryptStream, two workers', seal({ workers })),
    times('decryptStream, two workers', open({ workers })),
    times('encryptStream, reader’s buffer', sealInto({})),
    times('decryptStream, reader’s buffer', openInto({})),
    times('encryptStream, two workers, reader’s buffer', sealInto({ workers })),
    times('decryptStream, two workers, reader’s buffer', openInto({ workers })),
    times('gcmEncryptStream', () => drain(source(message).pipeThrough(gcmEncryptStream({ key, iv })))),
    times('gcmDecryptStreamUnverified', () =>
      drain(replayed(gcm).pipeThrough(gcmDecryptStreamUnverified({ key, iv }))),
    ),
    times('gcmDecryptStream', () => drain(replayed(gcm).pipeThrough(gcmDecryptStream({ key, iv })))),
    ...peers
      .filter(({ isStreaming }) => isStreaming)
      .map((peer) => times(peer.name, () => peer.encrypt(() => source(message)))),
  ];
  yield [{ name: 'stream', bytes: message, subjects: own }, effort];
  const small = 16 * megabyte;
  yield [
    {
      name: 'file',
      bytes: small,
      subjects: [
        times('encryptStream', () => drain(source(small).pipeThrough(encryptStream(kms, options)))),
        times('gcmEncryptStream', () => drain(source(small).pipeThrough(gcmEncryptStream({ key, iv })))),
        ...peers.map((peer) => times(peer.name, () => peer.encrypt(() => source(small)))),
      ],
    },
    effort,
  ];
  workers.close();
}

function summary(rows: readonly Row[], runtime: BenchRuntime): string[] {
  return streamRatios(rows, runtime).map(({ target: { subject, reach, goFor }, ratio }) => {
    const verdict = goFor !== undefined && ratio >= goFor ? 'beyond' : ratio >= reach ? 'reached' : 'MISSED';
    const aim = goFor === undefined ? `reach ${reach}x` : `reach ${reach}x, go for ${goFor}x`;
    return `${verdict.padEnd(8)} ${ratio.toFixed(2).padStart(6)}x  (${aim})  ${subject}`;
  });
}

const suite: Suite = { cases, summary };
export default suite;
