// One connection, on the side of the keys: checks each message against the protocol, decides whether a call is made at all, answers.
// It takes nothing on trust: who calls is what the browser said of the port's other end, and an operation is a name in a fixed table.
import { asKmsError, wireError } from '../../http/error-reply.ts';
import { isOperation, type Operation } from '../../http/operations.ts';
import type { Kms } from '../../kms/kms.ts';
import { HostRefused, HostUnavailable, type KmsError, ThrottlingException } from '../../model/errors/index.ts';
import { encodeError } from '../protocol/errors.ts';
import {
  type Bye,
  type Call,
  type FromHost,
  type Hello,
  type OpenStream,
  parseToHost,
  protocolVersion,
  type ToHost,
} from '../protocol/messages.ts';
import { plain, wipe } from '../protocol/plain.ts';
import { portStreams } from '../protocol/port-streams.ts';
import { post, postLast } from '../protocol/post.ts';
import type { OriginCaller } from './callers.ts';
import { PageService, type Watch } from './page-service.ts';
import type { Refusals } from './record.ts';
import { openStreamPair } from './streams.ts';

/** Calls and streams of one connection that may be under way at once. */
const mostRunning = 256;
/**
 * Signs of life are no calls: a page that waits must get them however few calls it may make. A flood of questions gets no more answers
 * than one in so many milliseconds.
 */
const pongPause = 20;

/** What all sessions of a host share. */
export interface Wall extends Watch {
  /** The service as its owner has it. Only `as` of it goes into a session. */
  readonly kms: Promise<Kms>;
  readonly refusals: Refusals;
}

export class Session {
  readonly #port: MessagePort;
  readonly #who: OriginCaller;
  readonly #wall: Wall;
  readonly #onEnd: () => void;
  #service: PageService | undefined;
  #arn: string | undefined;
  #unlisten = (): void => {};
  #isGreeted = false;
  #isOver = false;
  #lastId = 0;
  #running = 0;
  #prompts = 0;
  #heardAt = 0;
  #pongAt = Number.NEGATIVE_INFINITY;
  /** Ids of calls whose answers are still wanted. */
  readonly #wanted = new Set<number>();
  /** What ends each open stream. */
  readonly #streams = new Set<(error: KmsError) => void>();

  constructor(port: MessagePort, who: OriginCaller, wall: Wall, onEnd: () => void) {
    this.#port = port;
    this.#who = who;
    this.#wall = wall;
    this.#onEnd = onEnd;
    port.addEventListener('message', ({ data, ports }) => this.#receive(data, ports));
    port.addEventListener('messageerror', () => this.#violation('A message could not be read.'));
    // Where a browser has this event, a page that went away is noticed at once.
    port.addEventListener('close', () => this.#end());
    port.start();
  }

  /** Tells the page that the host asks its user something, or no longer does. */
  prompt(isOpen: boolean): void {
    this.#prompts += isOpen ? 1 : -1;
    if (this.#prompts === (isOpen ? 1 : 0)) this.#send({ type: 'prompt', isOpen });
  }

  /** When the page was last heard of, by `performance.now`; undefined while it waits for an answer. */
  get idleSince(): number | undefined {
    return this.#running === 0 ? this.#heardAt : undefined;
  }

  close(error: KmsError): void {
    if (this.#isOver) return;
    postLast(this.#port, { type: 'closed', error: encodeError(error) });
    this.#leave();
  }

  #receive(data: unknown, ports: readonly MessagePort[]): void {
    if (this.#isOver) return;
    this.#heardAt = performance.now();
    const message = parseToHost(data);
    if (message === undefined) this.#violation('A message is not one of the protocol.');
    else if (message.type === 'bye') this.#end();
    else if ((message.type === 'hello') === this.#isGreeted) this.#violation('A connection begins with one greeting.');
    else this.#handle(message, ports);
  }

  #handle(message: Exclude<ToHost, Bye>, [port]: readonly MessagePort[]): void {
    switch (message.type) {
      case 'hello':
        this.#isGreeted = true;
        this.#greet(message);
        break;
      case 'call':
        this.#take(message, (service) => this.#answer(service, message));
        break;
      case 'stream':
        if (port === undefined) this.#violation('A stream has a port.');
        else this.#take(message, (service) => this.#stream(service, message, port));
        break;
      case 'cancel':
        this.#wanted.delete(message.id);
        break;
      case 'ping':
        if (this.#heardAt - this.#pongAt < pongPause) break;
        this.#pongAt = this.#heardAt;
        this.#send({ type: 'pong' });
    }
  }

  async #greet({ version, region }: Hello): Promise<void> {
    try {
      if (!this.#who.allowance.take()) throw new ThrottlingException('Rate exceeded');
      if (version !== protocolVersion)
        throw new HostRefused(`The host speaks version ${protocolVersion} of the protocol, and the page ${version}.`);
      const prompt = (isOpen: boolean): void => this.prompt(isOpen);
      const service = new PageService(await this.#wall.kms, this.#who, region, this.#wall, prompt);
      const { arn, scope } = service;
      this.#arn = arn;
      await service.recordConnection();
      if (this.#isOver) return;
      this.#service = service;
      this.#unlisten = service.onLock(() => this.#send({ type: 'locked' }));
      this.#send({ type: 'welcome', ...scope, arn, mostUnderWay: mostRunning });
    } catch (thrown) {
      const error = asKmsError(thrown);
      this.#refuse(error, undefined);
      this.close(error);
    }
  }

  /** Decides whether a call is made at all. */
  #take(call: Call | OpenStream, work: (service: PageService) => Promise<void>): void {
    const service = this.#service;
    if (call.id !== this.#lastId + 1)
      this.#violation(`The calls of a connection are numbered: ${call.id} came after ${this.#lastId}.`);
    else if (service === undefined) this.#violation('A call came before the connection was there.');
    else {
      this.#lastId = call.id;
      const error = this.#objection(call);
      if (error === undefined) this.#begin(call.id, () => work(service));
      else {
        this.#refuse(error, call.operation);
        this.#fail(call.id, error);
      }
    }
  }

  #objection({ operation }: Call | OpenStream): KmsError | undefined {
    if (!this.#who.allowance.take() || this.#running >= mostRunning) return new ThrottlingException('Rate exceeded');
    return isOperation(operation)
      ? undefined
      : wireError('UnknownOperationException', 'The name is not one of an operation of AWS KMS.');
  }

  async #begin(id: number, work: () => Promise<void>): Promise<void> {
    this.#wanted.add(id);
    this.#running++;
    try {
      await work();
    } finally {
      this.#running--;
      if (!this.#wanted.delete(id)) this.#send({ type: 'over', id });
    }
  }

  async #answer(service: PageService, { id, operation, input }: Call): Promise<void> {
    try {
      const output = await service.perform(operation, input);
      if (this.#wanted.has(id)) this.#send({ type: 'result', id, output: output.value }, output.buffers);
      else wipe(output.buffers);
    } catch (thrown) {
      if (this.#wanted.has(id)) this.#fail(id, asKmsError(thrown));
    }
  }

  /** A stream runs here: the page gets no data key, and asks as it would for one. */
  async #stream(service: PageService, { id, operation, input }: OpenStream, port: MessagePort): Promise<void> {
    let onEnd = (): void => {};
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve;
    });
    const { readable, writable, fail } = portStreams(port, onEnd);
    this.#streams.add(fail);
    // The page can give a stream up while it is being opened.
    this.#send({ type: 'result', id, output: {}, isOpen: true });
    this.#wanted.delete(id);
    try {
      const ask = async (name: Operation, request: unknown) => (await service.perform(name, request)).value;
      const onLock = (listener: () => void) => service.onLock(listener);
      const pair = await openStreamPair(operation, plain(input, 'The options').value, { ask, onLock });
      await readable.pipeThrough(pair).pipeTo(writable);
    } catch (thrown) {
      fail(asKmsError(thrown));
    }
    await ended;
    this.#streams.delete(fail);
  }

  #fail(id: number, error: KmsError): void {
    this.#send({ type: 'failure', id, error: encodeError(error) });
  }

  /** A page that does not keep to the protocol is not this library's: nothing it holds is worth keeping open. */
  #violation(message: string): void {
    const error = new HostRefused(message);
    this.#refuse(error, undefined);
    this.close(error);
  }

  #refuse(error: KmsError, operation: string | undefined): void {
    const { origin } = this.#who;
    const requestId = error.$metadata.requestId;
    this.#wall.refusals.tell({ origin, principalArn: this.#arn, operation, keyId: undefined, requestId, error });
  }

  #send(message: FromHost, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#isOver) post(this.#port, message, transfer);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#port.close();
    this.#leave();
  }

  #leave(): void {
    this.#isOver = true;
    this.#unlisten();
    this.#wanted.clear();
    for (const fail of this.#streams) fail(new HostUnavailable('The connection of the stream was closed.'));
    this.#onEnd();
  }
}
