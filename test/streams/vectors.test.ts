// The public vectors of Cobblestone-256 through the streaming reader. Source: C2SP Wycheproof, testvectors_v1.
import { sha512 } from '@noble/hashes/sha2.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { hmacPrf } from '../../src/cipher/hmac.ts';
import { fromHex, toHex } from '../../src/formats/bytes.ts';
import { chunksHere } from '../../src/streams/chunks.ts';
import { openPieces } from '../../src/streams/message.ts';
import { streamPair } from '../../src/streams/stream-pair.ts';
import vectors from '../vectors/c2sp_chunked_encryption_aes_256_gcm_test.json' with { type: 'json' };
import { collect, drain, streamOf } from './flows.ts';

describe('Cobblestone-256 vectors, streamed', () => {
  for (const group of vectors.testGroups) {
    for (const vector of group.tests) {
      if (vector.key.length !== 64) continue;
      test(`${vector.tcId} ${vector.comment}`, async () => {
        const prf = await hmacPrf(fromHex(vector.key));
        // The file keeps messages zlib-compressed.
        const sealed = await collect(
          streamOf(fromHex(vector.ct)).pipeThrough(new DecompressionStream('deflate') as never),
        );
        for (const lengths of [[sealed.length || 1], [7001, 16_400]]) {
          const opened = streamOf(sealed, lengths).pipeThrough(
            streamPair((take) => openPieces(prf, fromHex(vector.ctx), take, chunksHere, () => {}, false)),
          );
          const { pieces, error } = await drain(opened);
          assert.equal(error === undefined, vector.result === 'valid');
          if (error !== undefined)
            assert.include(['InvalidCiphertextException', 'StreamTruncated'], (error as { code: string }).code);
          if (vector.result === 'valid') assert.equal(toHex(sha512(pieces)), vector.msgSha512);
        }
      });
    }
  }
});
