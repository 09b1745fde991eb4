// One connection, on the side of the page: numbers the calls, matches the answers, and ends every call that is under way when the
// connection ends, each with an error that says so.
import type { Operation } from '../../http/operations.ts';
import { HostUnavailable, type KmsError } from '../../model/errors/index.ts';
import { decodeError } from '../protocol/errors.ts';
import {
  type Call,
  member,
  type OpenStream,
  protocolVersion,
  type StreamOperation,
  type ToHost,
} from '../protocol/messages.ts';
import type { Plain } from '../protocol/plain.ts';
import { post } from '../protocol/post.ts';
import { Heartbeat } from './heartbeat.ts';
import { Turns } from './turns.ts';

/** Who the page is for the host, and whose keys it sees. */
export interface Welcomed {
  readonly accountId: string;
  readonly region: string;
  readonly arn: string;
}

export interface LineOptions {
  readonly deadline: number;
  /** True where the host is known to be gone: its frame was removed. */
  isGone(): boolean;
  onPrompt(isOpen: boolean): void;
  onLock(): void;
  onEnd(): void;
}

interface Pending {
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

export class Line {
  readonly #port: MessagePort;
  readonly #options: LineOptions;
  readonly #heartbeat: Heartbeat;
  readonly #turns = new Turns();
  /** All whose answer is awaited, sent or not. */
  readonly #asked = new Set<Pending>();
  /** Those that were sent, by id; the greeting is 0. */
  readonly #pending = new Map<number, Pending>();
  /** What ends each open stream. */
  readonly #streams = new Set<(error: KmsError) => void>();
  #end: KmsError | undefined;
  readonly #onPageHide = (event: Event): void => {
    // A page that may come back keeps its line; where the host is gone by then, the next call finds out.
    if ((event as PageTransitionEvent).persisted !== true) this.close();
  };

  constructor(port: MessagePort, options: LineOptions) {
    this.#port = port;
    this.#options = options;
    this.#heartbeat = new Heartbeat(options.deadline, {
      ping: () => this.#post({ type: 'ping' }),
      isGone: options.isGone,
      giveUp: () =>
        this.end(
          new HostUnavailable(
            options.isGone()
              ? 'The frame of the host was removed from the page.'
              : `The host has not answered for ${options.deadline} ms. A call that was under way may have been carried out.`,
          ),
        ),
    });
    port.addEventListener('message', ({ data }) => this.#receive(data));
    port.addEventListener('messageerror', () =>
      this.end(new HostUnavailable('An answer of the host could not be read.')),
    );
    port.addEventListener('close', () => this.end(new HostUnavailable('The connection to the host was closed.')));
    port.start();
    if (typeof document !== 'undefined') addEventListener('pagehide', this.#onPageHide);
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Greets the host. @throws HostRefused, HostUnavailable */
  async greet(region: string | undefined): Promise<Welcomed> {
    const hello = { type: 'hello', version: protocolVersion, ...(region !== undefined && { region }) } as const;
    const welcome = await this.#await((asked) => {
      this.#pending.set(0, asked);
      this.#post(hello);
    });
    this.#turns.limit(member(welcome, 'mostUnderWay'));
    return welcomed(welcome);
  }

  /** Sends a call when it is its turn; its buffers go along. */
  call(operation: Operation, input: Plain): { readonly reply: Promise<unknown>; cancel(): void } {
    return this.#ask((id) => ({ type: 'call', id, operation, input: input.value }), input.buffers);
  }

  /**
   * Opens a stream that begins with an operation, over a port of its own.
   * @param fail ends the page's end of it
   * @returns what says that it is done
   */
  openStream(operation: StreamOperation, input: Plain, port: MessagePort, fail: (error: KmsError) => void): () => void {
    this.#streams.add(fail);
    const message = (id: number): OpenStream => ({ type: 'stream', id, operation, input: input.value });
    const opening = this.#ask(message, [...input.buffers, port]);
    opening.reply.catch(fail);
    return () => {
      this.#streams.delete(fail);
      // One that waits for its turn is not opened any more.
      opening.cancel();
      this.#rest();
    };
  }

  /** Says goodbye and ends the line. */
  close(): void {
    this.#post({ type: 'bye' });
    this.end(new HostUnavailable('The connection to the host was closed by the page.'));
  }

  /** Ends the line; every call that is under way fails with `error`. */
  end(error: KmsError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#heartbeat.stop();
    this.#port.close();
    if (typeof document !== 'undefined') removeEventListener('pagehide', this.#onPageHide);
    this.#turns.end();
    for (const { reject } of this.#asked) reject(error);
    this.#asked.clear();
    this.#pending.clear();
    for (const fail of this.#streams) fail(error);
    this.#streams.clear();
    this.#options.onEnd();
  }

  #ask(
    message: (id: number) => Call | OpenStream,
    transfer: readonly (ArrayBuffer | MessagePort)[],
  ): { readonly reply: Promise<unknown>; cancel(): void } {
    let cancel = (): void => {};
    const reply = this.#await((asked) => {
      let sentAs: number | undefined;
      const takeBack = this.#turns.take((id) => {
        try {
          this.#post(message(id), transfer);
        } catch (error) {
          this.#asked.delete(asked);
          asked.reject(error);
          return false;
        }
        sentAs = id;
        this.#pending.set(id, asked);
        return true;
      });
      cancel = () => {
        if (!this.#asked.delete(asked)) return;
        if (sentAs === undefined) takeBack();
        else {
          this.#pending.delete(sentAs);
          this.#post({ type: 'cancel', id: sentAs });
        }
        this.#rest();
      };
    });
    return { reply, cancel: () => cancel() };
  }

  #await(begin: (asked: Pending) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end === undefined && this.#options.isGone())
        this.end(new HostUnavailable('The frame of the host was removed from the page.'));
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      const asked = { resolve, reject };
      this.#asked.add(asked);
      this.#heartbeat.start();
      begin(asked);
    });
  }

  #post(message: ToHost, transfer: readonly (ArrayBuffer | MessagePort)[] = []): void {
    if (this.#end === undefined) post(this.#port, message, transfer);
  }

  #receive(data: unknown): void {
    this.#heartbeat.heard();
    const id = member(data, 'id');
    switch (member(data, 'type')) {
      case 'welcome':
        this.#settle(0, ({ resolve }) => resolve(data));
        break;
      case 'result':
        this.#settle(id, ({ resolve }) => resolve(member(data, 'output')));
        if (member(data, 'isOpen') === true) this.#turns.keep(id);
        else this.#turns.free(id);
        break;
      case 'failure':
        this.#settle(id, ({ reject }) => reject(decodeError(member(data, 'error'))));
        this.#turns.free(id);
        break;
      case 'over':
        this.#turns.free(id);
        break;
      case 'prompt':
        this.#options.onPrompt(member(data, 'isOpen') === true);
        break;
      case 'locked':
        this.#options.onLock();
        break;
      case 'closed':
        this.end(decodeError(member(data, 'error')));
    }
  }

  /** An answer to nothing, such as one that was not wanted any more, is nothing. */
  #settle(id: unknown, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id as number);
    if (pending === undefined) return;
    this.#pending.delete(id as number);
    this.#asked.delete(pending);
    this.#rest();
    settle(pending);
  }

  #rest(): void {
    if (this.#asked.size === 0 && this.#streams.size === 0) this.#heartbeat.stop();
  }
}

function welcomed(data: unknown): Welcomed {
  const text = (name: string): string => String(member(data, name));
  return { accountId: text('accountId'), region: text('region'), arn: text('arn') };
}
