// The body of a message that passes by. Frames come out when their tags are checked, so a reader of an unsigned message needs no memory;
// a body without frames is one piece, and is held until its tag is checked.
import { ByteReader } from '../formats/byte-reader.ts';
import type { Bytes } from '../formats/bytes.ts';
import { blockStart, finalFrameOverhead, frameOverhead, readFrames, tagLength } from '../formats/esdk/frames.ts';
import type { PassingVerifier } from '../keys/message-signature.ts';
import { InvalidCiphertextException, MessageRefused, StreamTruncated } from '../model/errors/index.ts';
import { type Body, batchFrames, openFrames } from './body.ts';
import type { Intake } from './intake.ts';

export async function* openFramed(
  body: Body,
  frameLength: number,
  intake: Intake,
  verifier: PassingVerifier | undefined,
): AsyncGenerator<Bytes, void> {
  const batch = batchFrames(frameLength);
  // Where a batch is one frame, the final one, which is longer, must fit as well.
  const window = (batch - 1) * (frameLength + frameOverhead) + frameLength + finalFrameOverhead;
  const [regular, final] = [frameLength + frameOverhead, frameLength + finalFrameOverhead];
  for (let first = 1, enough = regular; ; ) {
    const bytes = await intake.peek(window, enough);
    const run = readFrames(bytes, 0, frameLength, first, batch);
    if (run === undefined) throw new InvalidCiphertextException();
    if (run.frames.length > 0) {
      const plaintext = new Uint8Array(run.plaintextLength);
      await openFrames(body, run.frames, plaintext);
      verifier?.update(bytes.subarray(0, run.length));
      intake.skip(run.length);
      first += run.frames.length;
      if (plaintext.length > 0) yield plaintext;
    }
    if (run.isEnd) return;
    if (bytes.length < enough) throw new StreamTruncated();
    // As much as a regular frame has, and not a frame: it is the final one.
    enough = run.frames.length > 0 ? regular : final;
  }
}

export async function* openBlock(
  body: Body,
  intake: Intake,
  verifier: PassingVerifier | undefined,
  { maxHeldLength }: { readonly maxHeldLength: number },
): AsyncGenerator<Bytes, void> {
  const start = await intake.peek(blockStart);
  if (start.length < blockStart) throw new StreamTruncated();
  const reader = new ByteReader(start.slice());
  const iv = reader.take(12);
  const length = reader.uint64();
  if (length > maxHeldLength)
    throw new MessageRefused(
      `The message is unframed, ${length} bytes long, and maxHeldLength is ${maxHeldLength}: it is held until its tag is checked.`,
    );
  const total = blockStart + length + tagLength;
  const bytes = await intake.peek(total);
  if (bytes.length < total) throw new StreamTruncated();
  const plaintext = new Uint8Array(length);
  await openFrames(body, [{ kind: 'block', sequence: 1, iv, sealed: bytes.subarray(blockStart), length }], plaintext);
  verifier?.update(bytes);
  intake.skip(total);
  if (length > 0) yield plaintext;
}
