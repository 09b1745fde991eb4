// Memory does not grow with the message: a quarter of a gigabyte goes through each stream, and what is alive in between, when the collector
// has taken the rest, is a few megabytes.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  decryptStream,
  encryptStream,
  gcmDecryptStreamUnverified,
  gcmEncryptStream,
  type StreamPair,
} from '../../src/streams/index.ts';
import { aliveInBuffers } from '../support/alive-in-buffers.ts';
import { random } from '../support/bytes.ts';
import { context } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const total = 256 << 20;
const most = 8 << 20;

function source(): ReadableStream<Uint8Array> {
  const piece = random(65_536);
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= total) return controller.close();
        at += piece.length;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The most that buffers held while a stream was read, above what they held before. */
async function peakOf(stream: ReadableStream<Uint8Array>): Promise<{ peak: number; length: number }> {
  const before = await aliveInBuffers();
  const reader = stream.getReader();
  let [peak, length, looked] = [0, 0, 0];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length - looked < 64 << 20) continue;
    looked = length;
    peak = Math.max(peak, (await aliveInBuffers()) - before);
  }
  return { peak, length };
}

describe('memory of a stream', () => {
  const [key, iv] = [random(32), random(12)];
  const pairs: [string, () => Promise<StreamPair[]>][] = [
    [
      'encryptStream and decryptStream',
      async () => {
        const kms = await paperKms();
        const options = { KeyId: 'alias/files', EncryptionContext: context };
        return [encryptStream(kms, options), decryptStream(kms, { EncryptionContext: context })];
      },
    ],
    [
      'gcmEncryptStream and gcmDecryptStreamUnverified',
      async () => [gcmEncryptStream({ key, iv }), gcmDecryptStreamUnverified({ key, iv })],
    ],
  ];
  for (const [name, make] of pairs)
    test(`${name}: 256 MB pass with less than 8 MB alive in buffers`, async () => {
      const [first, second] = (await make()) as [StreamPair, StreamPair];
      const { peak, length } = await peakOf(source().pipeThrough(first).pipeThrough(second));
      console.log(`${name}: ${(peak / 1e6).toFixed(1)} MB`);
      assert.equal(length, total);
      assert.isBelow(peak, most);
    }, 60_000);
});
