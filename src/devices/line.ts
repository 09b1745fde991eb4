// The messages of one conversation over a transport: encrypted under the code, numbered, each of the kind that is expected next. What is
// altered, cut, replayed, or said by a third device ends the conversation.
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import {
  KmsError,
  PairingFailed,
  PairingRefused,
  TransportFailed,
  ValidationException,
} from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import type { Meeting } from './code.ts';
import { type Channel, mostMessageBytes, type Side, type Transport } from './transport.ts';

/** The kinds of messages. */
export const kinds = { hello: 1, offer: 2, answer: 3, reveal: 4, ready: 5, keys: 6, end: 7, done: 8, stop: 9 } as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

const format = 0xd3;
const version = 1;

/** How long the end of a conversation may take, in milliseconds. */
const patience = 2000;

/** Why a conversation was ended, as it is told to the other side. */
export type StopReason = 'refused' | 'failed' | 'aborted';

export class Line {
  readonly #channel: Channel;
  readonly #meeting: Meeting;
  readonly #side: Side;
  readonly #signal: AbortSignal;
  #sent = 0;
  #received = 0;

  private constructor(channel: Channel, meeting: Meeting, side: Side, signal: AbortSignal) {
    this.#channel = channel;
    this.#meeting = meeting;
    this.#side = side;
    this.#signal = signal;
  }

  /** @throws TransportFailed, ValidationException */
  static async open(transport: Transport, meeting: Meeting, side: Side, signal: AbortSignal): Promise<Line> {
    if (typeof transport !== 'function')
      throw new ValidationException('transport must be a function, such as httpRelayTransport(url).');
    const channel = await carried(() => transport(meeting.mailbox, side), signal);
    return new Line(channel, meeting, side, signal);
  }

  async send(kind: Kind, body: Bytes): Promise<void> {
    const sealed = await this.#meeting.box.seal(concat(Uint8Array.of(kind), body), labelOf(this.#side, this.#sent++));
    await carried(() => this.#channel.send(concat(Uint8Array.of(format, version), sealed)), this.#signal);
  }

  /** The next message of one of these kinds. @throws PairingFailed, PairingRefused, TransportFailed, the reason of the signal */
  async receive(...expected: readonly Kind[]): Promise<{ readonly kind: Kind; readonly body: Bytes }> {
    const message = await carried(() => this.#channel.receive(this.#signal), this.#signal);
    const opened = await this.#open(message);
    if (opened === undefined)
      throw new PairingFailed(
        'A message was altered, replayed, or sent by a third device. Begin again with a new code.',
      );
    const [kind, body] = [opened[0] as Kind, opened.slice(1)];
    if (kind === kinds.stop) throw stopped(body);
    if (!expected.includes(kind))
      throw new PairingFailed('The other device sent a message out of turn. Begin again with a new code.');
    return { kind, body };
  }

  /** Tells the other side that it is over, as well as it goes in two seconds. */
  async stop(error: unknown): Promise<void> {
    const reason: StopReason =
      error instanceof PairingRefused ? 'refused' : this.#signal.aborted ? 'aborted' : 'failed';
    const text = JSON.stringify({ reason });
    try {
      const sealed = await this.#meeting.box.seal(
        concat(Uint8Array.of(kinds.stop), utf8(text)),
        labelOf(this.#side, this.#sent++),
      );
      const sent = this.#channel.send(concat(Uint8Array.of(format, version), sealed));
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience);
      });
      await Promise.race([sent, late]).finally(() => clearTimeout(timer));
    } catch {
      // It will wait until its own signal ends that.
    }
  }

  close(): void {
    try {
      this.#channel.close();
    } catch {
      // It is of no use any more.
    }
  }

  async #open(message: Uint8Array): Promise<Bytes | undefined> {
    if (!isBytes(message) || message.length > mostMessageBytes || message[0] !== format || message[1] !== version)
      return undefined;
    const from: Side = this.#side === 'offer' ? 'add' : 'offer';
    const opened = await this.#meeting.box.open(new Uint8Array(message).slice(2), labelOf(from, this.#received++));
    return opened !== undefined && opened.length > 0 ? opened : undefined;
  }
}

/** What a message is bound to: who sent it, and as which. */
const labelOf = (side: Side, index: number): Bytes => utf8(`keyhaven/v1/pairing-message\0${side}\0${index}`);

function stopped(body: Bytes): KmsError {
  const told = new TextDecoder().decode(body);
  if (told === JSON.stringify({ reason: 'refused' }))
    return new PairingRefused('The other device refused. Nothing was taken.');
  return new PairingFailed('The other device ended the conversation. Nothing was taken; begin again with a new code.');
}

/** Ends the wait with the signal, whatever the transport does. @throws TransportFailed */
async function carried<T>(act: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let end = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    end = () => signal.removeEventListener('abort', abort);
  });
  try {
    return await Promise.race([(async () => act())(), aborted]);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof KmsError) throw cause;
    throw new TransportFailed('The transport does not carry messages between the devices.', { cause });
  } finally {
    end();
  }
}
