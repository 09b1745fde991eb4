// A pair of streams over a port. Chunks are moved, one for each that the other end asked for, so nothing piles up on the way; both
// ends learn why the other failed.
import { KMSInternalException, KmsError, SerializationException } from '../../model/errors/index.ts';
import { type Bytes, isBytes } from '../../model/shape.ts';
import { decodeError, encodeError } from './errors.ts';
import { member, type StreamMessage } from './messages.ts';
import { post } from './post.ts';

/** No chunk is longer: what is, is cut. 1 MiB. */
const longestChunk = 1 << 20;

export interface PortStreams {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both, at both ends of the port, with an error. */
  fail(error: KmsError): void;
}

/**
 * The streams of one end of a port.
 * @param onEnd called once, when both are done
 */
export function portStreams(port: MessagePort, onEnd: () => void): PortStreams {
  let input: ReadableStreamDefaultController<Bytes> | undefined;
  let output: WritableStreamDefaultController | undefined;
  let error: KmsError | undefined;
  let isIn = true;
  let isOut = true;
  /** Chunks that the other end may send, and that it wants. */
  let asked = 0;
  let wanted = 0;
  let onWanted = (): void => {};
  let onChunk = (): void => {};

  const send = (message: StreamMessage, buffers: readonly ArrayBuffer[] = []): void => post(port, message, buffers);
  function finish(direction: 'in' | 'out'): void {
    if (direction === 'in') isIn = false;
    else isOut = false;
    onChunk();
    onWanted();
    if (isIn || isOut) return;
    // Closing may overtake what was sent last.
    setTimeout(() => port.close());
    onEnd();
  }
  /** @param isTold true where the other end knows */
  function fail(reason: unknown, isTold: boolean): void {
    if (error !== undefined || !(isIn || isOut)) return;
    error =
      reason instanceof KmsError ? reason : new KMSInternalException('The stream was given up.', { cause: reason });
    if (!isTold) send({ type: 'fail', error: encodeError(error) });
    if (isIn) input?.error(error);
    if (isOut) output?.error(error);
    isOut = false;
    finish('in');
  }

  function receive(data: unknown): void {
    switch (member(data, 'type')) {
      case 'pull':
        wanted++;
        onWanted();
        break;
      case 'chunk': {
        const bytes = member(data, 'bytes');
        // What nobody asked for would pile up here.
        if (!isBytes(bytes) || asked === 0 || bytes.length > longestChunk)
          fail(new SerializationException('A chunk came that was not asked for.'), false);
        else if (isIn) {
          asked--;
          input?.enqueue(bytes as Bytes);
          onChunk();
        }
        break;
      }
      case 'end':
        if (!isIn) break;
        input?.close();
        finish('in');
        break;
      case 'fail':
        fail(decodeError(member(data, 'error')), true);
    }
  }
  port.addEventListener('message', ({ data }) => receive(data));
  port.addEventListener('close', () => fail(new KMSInternalException('The stream was cut off.'), true));
  port.start();

  const readable = new ReadableStream<Bytes>(
    {
      start(controller) {
        input = controller;
      },
      pull() {
        asked++;
        send({ type: 'pull' });
        return new Promise((resolve) => {
          onChunk = resolve;
        });
      },
      cancel: (reason) => fail(reason, false),
    },
    { highWaterMark: 2 },
  );
  async function sendChunk(bytes: Bytes): Promise<void> {
    while (wanted === 0 && isOut)
      await new Promise<void>((resolve) => {
        onWanted = resolve;
      });
    if (!isOut) throw error ?? new KMSInternalException('The stream has ended.');
    wanted--;
    send({ type: 'chunk', bytes }, [bytes.buffer]);
  }
  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      output = controller;
    },
    async write(chunk) {
      if (!isBytes(chunk)) throw new SerializationException('Each chunk written to the stream must be a Uint8Array.');
      if (chunk.length <= longestChunk) return sendChunk(movable(chunk));
      for (let start = 0; start < chunk.length; start += longestChunk)
        await sendChunk(chunk.slice(start, start + longestChunk) as Bytes);
    },
    close() {
      send({ type: 'end' });
      finish('out');
    },
    abort: (reason) => fail(reason, false),
  });
  return { readable, writable, fail: (reason) => fail(reason, false) };
}

/** A chunk that is all of its buffer is moved, as a stream of bytes would; a part of something larger is copied. */
const movable = (chunk: Uint8Array): Bytes =>
  chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength
    ? (chunk as Bytes)
    : new Uint8Array(chunk);
