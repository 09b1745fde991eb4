// A load generator that costs little itself: requests are put together and signed before, each connection sends the next one
// when it has the answer to the last, and of an answer no more is read than its status and its length.
import { connect, type Socket } from 'node:net';

/** How many requests wait for their answers at the same time. */
export const connections = 32;

export interface Load {
  /** Sends the requests one after another, again and again, until `count` were answered. @throws Error for any answer but 200 */
  run(count: number): Promise<void>;
  close(): void;
}

const headEnd = Buffer.from('\r\n\r\n');

/** One connection, which sends a request when it has the answer to the last. */
export class Connection {
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(port: number) {
    this.#port = port;
  }

  send(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      // Some servers (moto's) hang up after each answer.
      this.#socket ??= this.#connect();
      this.#socket.write(request);
    });
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.on('data', (part) => this.#receive(part));
    socket.on('error', (error) => this.#reject(error));
    const lose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#reject(new Error('The server hung up.'));
    };
    socket.on('end', lose);
    socket.on('close', lose);
    return socket;
  }

  #receive(part: Buffer): void {
    this.#received = this.#received.length === 0 ? part : Buffer.concat([this.#received, part]);
    const end = this.#received.indexOf(headEnd);
    if (end === -1) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const answer = this.#received;
    this.#received = Buffer.alloc(0);
    if (/^HTTP\/1\.0|\r\nconnection: *close/i.test(head)) this.close();
    if (/^HTTP\/1\.[01] 200 /.test(head)) this.#resolve();
    else this.#reject(new Error(answer.toString('utf8', 0, 1000)));
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}

export function openLoad(port: number, requests: readonly Buffer[]): Load {
  const open: Connection[] = [];
  return {
    async run(count) {
      let sent = 0;
      while (open.length < connections) open.push(new Connection(port));
      await Promise.all(
        open.map(async (connection) => {
          while (sent < count) await connection.send(requests[sent++ % requests.length] ?? Buffer.alloc(0));
        }),
      );
    },
    close() {
      for (const connection of open) connection.close();
    },
  };
}
