// What the SDK takes for the body of a PutObject. Its build for Node, Deno and Bun sends streams of Node and no others. The one for
// browsers and workers takes a Blob for a stream when it computes the checksum, and fails, and few browsers send streams: it gets bytes.
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import { readerOf } from '../model/stream-reader.ts';
import type { ObjectBody } from './body.ts';

interface NodeSource {
  on(event: 'error', listener: () => void): unknown;
}
interface NodeReadable {
  destroy(): void;
}
interface NodeStreams {
  Readable: { fromWeb(stream: ReadableStream): NodeReadable };
}
interface NodeProcess {
  getBuiltinModule?(name: 'node:stream'): NodeStreams | undefined;
}

/** The plaintext as one of our forms; text is UTF-8, as the SDK has it. */
export function plaintextBody(body: unknown): ObjectBody {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (isBytes(body)) return body;
  const candidate = body as Partial<Blob & ReadableStream & AsyncIterable<unknown>>;
  if (typeof candidate.getReader === 'function') return body as ReadableStream<Uint8Array>;
  if (typeof candidate.stream === 'function' && typeof candidate.size === 'number') return body as Blob;
  if (typeof candidate[Symbol.asyncIterator] === 'function') return streamOf(body as AsyncIterable<unknown>);
  throw new SerializationException('Body must be a Uint8Array, text, a Blob, a ReadableStream or a stream of Node.');
}

function streamOf(source: AsyncIterable<unknown> & Partial<NodeSource>): ReadableStream<Uint8Array> {
  // A file that is not there fails before it is read from, and where nobody listens Node ends the process. The iterator tells it later.
  if (typeof source.on === 'function') source.on('error', () => {});
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) return controller.close();
        controller.enqueue(typeof value === 'string' ? new TextEncoder().encode(value) : (value as Uint8Array));
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A stream that is as long as was said, or fails: the storage would keep a part of the object without its tag, or wait for more.
 * @param length bytes
 */
export function ofLength(stream: ReadableStream<Uint8Array>, length: unknown): ReadableStream<Uint8Array> {
  if (!Number.isSafeInteger(length) || (length as number) < 0)
    throw new ValidationException('ContentLength must be a whole number: the length of the plaintext in bytes.');
  const wrong = (which: string): ValidationException =>
    new ValidationException(`ContentLength is ${length}, and Body is ${which} than so many bytes.`);
  let left = length as number;
  const check = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      if (isBytes(piece)) left -= piece.length;
      if (left < 0) throw wrong('longer');
      controller.enqueue(piece);
    },
    flush() {
      if (left > 0) throw wrong('shorter');
    },
  });
  return stream.pipeThrough(check);
}

/** What is sent. */
export interface UploadBody {
  readonly Body: unknown;
  /** Bytes of it. */
  readonly ContentLength: number;
  /** Settles only where the body fails while it is sent, and then with its error. */
  readonly failure?: Promise<never>;
  /** Lets go of what was not sent. */
  readonly close?: () => void;
}

/**
 * The encrypted body in a form that the SDK sends.
 * @param runtime what the client says it was built for
 * @param length of the encrypted body in bytes, where it is known
 * @throws ValidationException where it is not known and must be
 */
export async function uploadBody(
  body: ReadableStream<Uint8Array>,
  runtime: unknown,
  length: number | undefined,
): Promise<UploadBody> {
  if (runtime === 'node') {
    const { process } = globalThis as { process?: NodeProcess };
    const streams = process?.getBuiltinModule?.('node:stream');
    if (streams !== undefined) {
      if (length === undefined) throw await unknownLength(body);
      const { stream, failure } = withoutError(body);
      const Body = streams.Readable.fromWeb(stream);
      return { Body, ContentLength: length, failure, close: () => Body.destroy() };
    }
  }
  const Body = new Uint8Array(await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
  return { Body, ContentLength: Body.length };
}

/**
 * A stream that stops where the given one fails, and says so beside it. The SDK makes streams of Node of what it sends and does not
 * listen for their errors, for which Node ends the process.
 */
function withoutError(source: ReadableStream<Uint8Array>): Required<Pick<UploadBody, 'failure'>> & {
  stream: ReadableStream<Uint8Array>;
} {
  const reader = readerOf(source);
  let fail: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failure.catch(() => {});
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          fail(error);
          await new Promise(() => {});
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { stream, failure };
}

async function unknownLength(body: ReadableStream<Uint8Array>): Promise<ValidationException> {
  await body.cancel();
  return new ValidationException(
    'ContentLength must be given with a stream: the length of the plaintext in bytes, because S3 wants it first.',
  );
}
