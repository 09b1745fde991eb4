// The bytes of an object, in the forms that platforms have: all at once, as a Blob, as a stream. What comes out has the form of
// what went in.
import { type Bytes, concat } from '../formats/bytes.ts';
import { ObjectTooLarge, SerializationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import type { StreamPair } from '../streams/stream-pair.ts';
import type { Take } from '../streams/take.ts';

/** The body of an object. */
export type ObjectBody = Uint8Array | Blob | ReadableStream<Uint8Array>;

/** The same form, with buffers of its own. */
export type BodyLike<Body extends ObjectBody> = Body extends Uint8Array
  ? Bytes
  : Body extends Blob
    ? Blob
    : ReadableStream<Bytes>;

/** Two ways to work on a body: on all of it at once, and as it comes. */
export interface BodyWork {
  whole(bytes: Bytes): Promise<Bytes>;
  stream(form: Form): StreamPair;
}

export type Form = 'bytes' | 'blob' | 'stream';

/** @throws SerializationException where it is none */
export function formOf(body: unknown): Form {
  if (isBytes(body)) return 'bytes';
  const candidate = body as Partial<Blob & ReadableStream> | undefined | null;
  if (typeof candidate?.getReader === 'function') return 'stream';
  if (typeof candidate?.stream === 'function' && typeof candidate.size === 'number') return 'blob';
  throw new SerializationException('body must be a Uint8Array, a Blob or a ReadableStream.');
}

/** Works on a body in its form. Bytes are the caller's own copy already. */
export async function workOn(body: ObjectBody, form: Form, work: BodyWork): Promise<ObjectBody> {
  if (form === 'bytes') return work.whole(body as Bytes);
  const source = form === 'blob' ? (body as Blob).stream() : (body as ReadableStream<Uint8Array>);
  const output = source.pipeThrough(work.stream(form));
  // A Blob is made when the stream has ended well, so nothing of it is given out before that.
  return form === 'blob' ? new Response(output).blob() : output;
}

/** Passes on at most `limit` bytes, then fails with ObjectTooLarge. */
export function limitTo(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let length = 0;
  return new TransformStream({
    transform(piece, controller) {
      length += piece.length;
      if (length > limit) throw new ObjectTooLarge(limit);
      controller.enqueue(piece);
    },
  });
}

const pieceLength = 65_536;

/** Takes all there is. @throws ObjectTooLarge where it is more than `limit` bytes */
export async function takeAll(take: Take, limit: number): Promise<Bytes> {
  const pieces: Bytes[] = [];
  for (let length = 0; ; ) {
    const piece = await take(Math.min(pieceLength, limit + 1));
    length += piece.length;
    if (length > limit) throw new ObjectTooLarge(limit);
    if (piece.length === 0) return concat(...pieces);
    pieces.push(piece);
  }
}
