// One connection, on the side of the page: numbers the calls, matches the answers, and ends every call that is under way when the
// connection ends, each with an error that says so.
import type { Operation } from '../../http/operations.ts';
import { HostUnavailable, type KmsError } from '../../model/errors/index.ts';
import { decodeError } from '../protocol/errors.ts';
import { member, protocolVersion, type StreamOperation, type ToHost } from '../protocol/messages.ts';
import type { Plain } from '../protocol/plain.ts';
import { post } from '../protocol/post.ts';
import { Heartbeat } from './heartbeat.ts';

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
  reject(error: KmsError): void;
}

export class Line {
  readonly #port: MessagePort;
  readonly #options: LineOptions;
  readonly #heartbeat: Heartbeat;
  /** Calls by id; the greeting is 0. */
  readonly #pending = new Map<number, Pending>();
  /** What ends each open stream. */
  readonly #streams = new Set<(error: KmsError) => void>();
  #lastId = 0;
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
    return (await this.#await(0, hello)) as Welcomed;
  }

  /** Sends a call; its buffers go along. */
  call(operation: Operation, input: Plain): { readonly reply: Promise<unknown>; cancel(): void } {
    const id = ++this.#lastId;
    const reply = this.#await(id, { type: 'call', id, operation, input: input.value }, input.buffers);
    return {
      reply,
      cancel: () => {
        if (!this.#pending.delete(id)) return;
        this.#post({ type: 'cancel', id });
        this.#rest();
      },
    };
  }

  /**
   * Opens a stream that begins with an operation, over a port of its own.
   * @param fail ends the page's end of it
   * @returns what says that it is done
   */
  openStream(operation: StreamOperation, input: Plain, port: MessagePort, fail: (error: KmsError) => void): () => void {
    const id = ++this.#lastId;
    this.#streams.add(fail);
    const opening = this.#await(id, { type: 'stream', id, operation, input: input.value }, [...input.buffers, port]);
    opening.catch(fail);
    return () => {
      this.#streams.delete(fail);
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
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    for (const fail of this.#streams) fail(error);
    this.#streams.clear();
    this.#options.onEnd();
  }

  #await(id: number, message: ToHost, transfer: readonly (ArrayBuffer | MessagePort)[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end === undefined && this.#options.isGone())
        this.end(new HostUnavailable('The frame of the host was removed from the page.'));
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#heartbeat.start();
      this.#post(message, transfer);
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
        this.#settle(0, ({ resolve }) => resolve(welcomed(data)));
        break;
      case 'result':
        this.#settle(id, ({ resolve }) => resolve(member(data, 'output')));
        break;
      case 'failure':
        this.#settle(id, ({ reject }) => reject(decodeError(member(data, 'error'))));
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
    this.#rest();
    settle(pending);
  }

  #rest(): void {
    if (this.#pending.size === 0 && this.#streams.size === 0) this.#heartbeat.stop();
  }
}

function welcomed(data: unknown): Welcomed {
  const text = (name: string): string => String(member(data, name));
  return { accountId: text('accountId'), region: text('region'), arn: text('arn') };
}
