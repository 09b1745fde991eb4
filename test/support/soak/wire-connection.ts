// One connection that sends bytes as they are, and tells what came back: for requests that no client would send.
import { connect, type Socket } from 'node:net';

export interface WireAnswer {
  /** 0 where the server hung up without one. */
  readonly status: number;
  /** The name of the error; empty where there is none. */
  readonly error: string;
}

const headEnd = Buffer.from('\r\n\r\n');

export class WireConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #resolve: (answer: WireAnswer) => void = () => {};

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request and waits for its answer; connects again where the server hung up after the last. */
  ask(request: Buffer): Promise<WireAnswer> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#received = Buffer.alloc(0);
      this.#socket ??= this.#connect();
      this.#socket.write(request);
    });
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const lose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      socket.destroy();
      this.#resolve(this.#answer() ?? { status: 0, error: '' });
    };
    socket.on('data', (part: Buffer) => {
      this.#received = this.#received.length === 0 ? part : Buffer.concat([this.#received, part]);
      const answer = this.#answer();
      if (answer === undefined) return;
      if (/\r\nconnection: *close/i.test(this.#head() ?? '')) this.close();
      this.#resolve(answer);
    });
    socket.on('error', lose);
    socket.on('end', lose);
    socket.on('close', lose);
    return socket;
  }

  #head(): string | undefined {
    const end = this.#received.indexOf(headEnd);
    return end === -1 ? undefined : this.#received.toString('latin1', 0, end);
  }

  #answer(): WireAnswer | undefined {
    const head = this.#head();
    if (head === undefined) return undefined;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < head.length + headEnd.length + length) return undefined;
    return {
      status: Number(/^HTTP\/1\.[01] (\d+)/.exec(head)?.[1] ?? 0),
      error: /\r\nx-amzn-errortype: *(\S+)/i.exec(head)?.[1] ?? '',
    };
  }
}

/** A request as bytes. */
export function requestBytes(headers: Readonly<Record<string, string>>, body: string | Buffer): Buffer {
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...headers });
  const head = `POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}
