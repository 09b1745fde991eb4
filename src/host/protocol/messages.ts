// What travels between a page and a host: the whole wire protocol (docs/host.md). Before there is a port, a knock is answered by
// `ready`, and `connect` brings a MessagePort; everything else goes over that port, in order.
import type { Operation } from '../../http/operations.ts';
import type { Fault } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';

/** Grows when an old page and a new host could misunderstand each other. */
export const protocolVersion = 1;

/** A page asks whether there is a host. */
export interface Knock {
  readonly keyhaven: typeof protocolVersion;
  readonly type: 'knock';
}
/** A page asks for a connection; the message carries one port. */
export interface Connect {
  readonly keyhaven: typeof protocolVersion;
  readonly type: 'connect';
}
/** A host is there: sent when it starts, and in answer to a knock. */
export interface Ready {
  readonly keyhaven: typeof protocolVersion;
  readonly type: 'ready';
  /** Random: another one means that the host was loaded anew, and its old ports are dead. */
  readonly instance: string;
}
/** A host is there, and does not list the origin that knocked. */
export interface Refused {
  readonly keyhaven: typeof protocolVersion;
  readonly type: 'refused';
}

/** First message over a port. */
export interface Hello {
  readonly type: 'hello';
  readonly version: number;
  /** Whose keys the connection shows. Default: the Region of the host. */
  readonly region?: string;
}
export interface Call {
  readonly type: 'call';
  /** 1 for the first of a connection, then each one more than the one before. */
  readonly id: number;
  readonly operation: Operation;
  readonly input: unknown;
}
/** Opens a stream that begins with this operation; the message carries the stream's port. Numbered as calls are. */
export interface OpenStream {
  readonly type: 'stream';
  readonly id: number;
  readonly operation: StreamOperation;
  /** Options of `encryptStream` or `decryptStream`. */
  readonly input: unknown;
}
export type StreamOperation = 'GenerateDataKey' | 'Decrypt';
/** The answer is no longer wanted. */
export interface Cancel {
  readonly type: 'cancel';
  readonly id: number;
}
export interface Ping {
  readonly type: 'ping';
}
/** The page is done; the port is closed. */
export interface Bye {
  readonly type: 'bye';
}
export type ToHost = Hello | Call | OpenStream | Cancel | Ping | Bye;

/** An error on its way: see errors.ts. */
export interface CallError {
  readonly code: string;
  readonly message: string;
  readonly fault: Fault;
  readonly requestId?: string;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly accountId: string;
  readonly region: string;
  /** The principal that policies see: it stands for the page's origin. */
  readonly arn: string;
  /** Calls and streams of the connection that may be under way at a time. */
  readonly mostUnderWay: number;
}
export interface Result {
  readonly type: 'result';
  readonly id: number;
  readonly output: unknown;
  /** The answer to `stream`, which is under way until `over`. */
  readonly isOpen?: true;
}
export interface Failure {
  readonly type: 'failure';
  readonly id: number;
  readonly error: CallError;
}
/** The host is done with a call whose answer was no longer wanted, or with a stream. */
export interface Over {
  readonly type: 'over';
  readonly id: number;
}
export interface Pong {
  readonly type: 'pong';
}
/** The host asks its user something, or no longer does: a frame that is hidden must be shown, and may be hidden again. */
export interface Prompt {
  readonly type: 'prompt';
  readonly isOpen: boolean;
}
/** The keys were locked: what the page was given of them, such as data keys, is to be let go of. */
export interface Locked {
  readonly type: 'locked';
}
/** The host ends the connection. */
export interface Closed {
  readonly type: 'closed';
  readonly error: CallError;
}
export type FromHost = Welcome | Result | Failure | Over | Pong | Prompt | Locked | Closed;

/** Messages over the port of a stream, the same in both directions. */
export type StreamMessage =
  /** One more chunk is wanted. */
  | { readonly type: 'pull' }
  | { readonly type: 'chunk'; readonly bytes: Bytes }
  | { readonly type: 'end' }
  /** It failed, or is not wanted any more. */
  | { readonly type: 'fail'; readonly error: CallError };

/** One member of something that came from elsewhere, without its prototype. */
export function member(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, name)
    ? (data as Record<string, unknown>)[name]
    : undefined;
}

/** The type of a message that goes before a port, or undefined where it is none of ours. */
export function typeOutside(data: unknown): string | undefined {
  const type = member(data, 'keyhaven') === protocolVersion ? member(data, 'type') : undefined;
  return typeof type === 'string' ? type : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** Checks what came over a port; undefined where it is not a message. What a call holds is looked at later. */
export function parseToHost(data: unknown): ToHost | undefined {
  const [type, id] = [member(data, 'type'), member(data, 'id')];
  switch (type) {
    case 'hello': {
      const [version, region] = [member(data, 'version'), member(data, 'region')];
      if (typeof version !== 'number' || (region !== undefined && typeof region !== 'string')) return undefined;
      return { type, version, ...(region !== undefined && { region }) };
    }
    case 'call': {
      const operation = member(data, 'operation');
      // Any text: what is not an operation gets an answer of its own.
      if (!isCount(id) || typeof operation !== 'string' || operation.length > 64) return undefined;
      return { type, id, operation: operation as Operation, input: member(data, 'input') };
    }
    case 'stream': {
      const operation = member(data, 'operation');
      if (!isCount(id) || (operation !== 'GenerateDataKey' && operation !== 'Decrypt')) return undefined;
      return { type, id, operation, input: member(data, 'input') };
    }
    case 'cancel':
      return isCount(id) ? { type, id } : undefined;
    case 'ping':
    case 'bye':
      return { type };
    default:
      return undefined;
  }
}
