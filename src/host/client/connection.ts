// The way to a host over time: a line that is opened at need, and opened anew after it broke. Calls that were under way then have
// failed, because nobody knows whether they were carried out.
import { HostRefused, HostUnavailable, KmsError } from '../../model/errors/index.ts';
import { member, typeOutside } from '../protocol/messages.ts';
import { Line, type Welcomed } from './line.ts';
import { openPort, type Target } from './target.ts';

export interface ConnectionOptions {
  readonly region: string | undefined;
  /** Milliseconds in which a host must say something, when it is asked. */
  readonly deadline: number;
  readonly onPrompt: (isOpen: boolean) => void;
  readonly onLock: () => void;
}

export interface Open {
  readonly line: Line;
  readonly welcomed: Welcomed;
}

export class Connection {
  readonly #target: Target | MessagePort;
  readonly #options: ConnectionOptions;
  #open: Promise<Open> | undefined;
  #current: Line | undefined;
  #isClosed = false;

  constructor(target: Target | MessagePort, options: ConnectionOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** The line that is open, or a new one. @throws HostRefused, HostUnavailable */
  open(): Promise<Open> {
    if (this.#isClosed) return Promise.reject(new HostUnavailable('The connection was closed by destroy().'));
    this.#open ??= this.#connect().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  close(): void {
    this.#isClosed = true;
    this.#current?.close();
  }

  async #connect(): Promise<Open> {
    const target = this.#target;
    const isPort = 'start' in target;
    if (isPort && this.#current !== undefined) throw new HostUnavailable('The port to the host was closed.');
    let instance: unknown;
    let port: MessagePort;
    if (isPort) port = target;
    else ({ port, instance } = await this.#knock(target));
    const unwatch = isPort ? () => {} : this.#watch(target, instance);
    const line: Line = new Line(port, {
      deadline: this.#options.deadline,
      isGone: () => !isPort && target.isGone(),
      onPrompt: this.#options.onPrompt,
      onLock: this.#options.onLock,
      onEnd: () => {
        unwatch();
        if (this.#current === line) this.#open = undefined;
      },
    });
    this.#current = line;
    const welcomed = await line.greet(this.#options.region);
    if (this.#isClosed) line.close();
    return { line, welcomed };
  }

  async #knock(target: Target): Promise<{ port: MessagePort; instance: unknown }> {
    const { deadline } = this.#options;
    if (target.isGone()) throw new HostUnavailable('The frame of the host is not in the page.');
    const late = new HostUnavailable(
      `No host answered within ${deadline} ms. Was the frame or the worker loaded, does it call hostKms, and does it list ${globalThis.origin}?`,
    );
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(late), deadline);
    try {
      return await openPort(target, controller.signal);
    } catch (cause) {
      if (cause instanceof KmsError) throw cause;
      throw new HostUnavailable('The worker of the host could not be started.', { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** A host that announces itself anew was reloaded: the old one will not answer any more. */
  #watch(target: Target, instance: unknown): () => void {
    return target.listen(
      (data) => {
        const type = typeOutside(data);
        if (type === 'refused') this.#current?.end(new HostRefused('The host does not list this origin any more.'));
        if (type === 'ready' && member(data, 'instance') !== instance)
          this.#current?.end(
            new HostUnavailable('The host was loaded anew. A call that was under way may have been lost.'),
          );
      },
      // An error in a worker that runs does not end it.
      () => {},
    );
  }
}
