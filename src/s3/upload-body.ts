// What the SDK takes for the body of a PutObject. Its build for Node, Deno and Bun sends streams of Node and no others. The one for
// browsers and workers takes a Blob for a stream when it computes the checksum, and fails, and few browsers send streams: it gets bytes.
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import type { ObjectBody } from './body.ts';

interface NodeStreams {
  Readable: { fromWeb(stream: ReadableStream): unknown };
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

function streamOf(source: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
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
 * The encrypted body in a form that the SDK sends.
 * @param runtime what the client says it was built for
 * @param length of the encrypted body in bytes, where it is known
 * @throws ValidationException where it is not known and must be
 */
export async function uploadBody(
  body: ReadableStream<Uint8Array>,
  runtime: unknown,
  length: number | undefined,
): Promise<{ Body: unknown; ContentLength: number }> {
  if (runtime === 'node') {
    const { process } = globalThis as { process?: NodeProcess };
    const streams = process?.getBuiltinModule?.('node:stream');
    if (streams !== undefined) {
      if (length === undefined) throw await unknownLength(body);
      return { Body: streams.Readable.fromWeb(body), ContentLength: length };
    }
  }
  const Body = new Uint8Array(await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
  return { Body, ContentLength: Body.length };
}

async function unknownLength(body: ReadableStream<Uint8Array>): Promise<ValidationException> {
  await body.cancel();
  return new ValidationException(
    'ContentLength must be given with a stream: the length of the plaintext in bytes, because S3 wants it first.',
  );
}
