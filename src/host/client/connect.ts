// connectKms: the operations of a service whose keys are elsewhere. The object has one method for each name of the table, and a page
// that holds it can do what its origin may do, no more.
import { type MethodName, methodNameOf, type Operation, operationNames } from '../../http/operations.ts';
import { awaitWith } from '../../kms/call-options.ts';
import type { Kms } from '../../kms/kms.ts';
import type { CallOptions } from '../../model/api/index.ts';
import type { Scope } from '../../model/arn.ts';
import { tellAll } from '../../model/listeners.ts';
import { checkFunctions, milliseconds, optionsReader } from '../../model/options.ts';
import type { DecryptStreamOptions, EncryptStreamOptions, StreamPair } from '../../streams/index.ts';
import type { StreamOperation } from '../protocol/messages.ts';
import { plain } from '../protocol/plain.ts';
import { portStreams } from '../protocol/port-streams.ts';
import { Connection } from './connection.ts';
import { type HostTarget, targetOf } from './target.ts';

/** Every operation of AWS KMS, as `Kms` and the client of the AWS SDK have them. */
export type KmsOperations = Pick<Kms, MethodName>;

/**
 * A service behind a port. Beside the errors of the operation a call can fail with HostUnavailable, HostRefused and
 * ThrottlingException. After HostUnavailable the next call tries to reach the host again.
 */
export interface ConnectedKms extends KmsOperations {
  /** The account and the Region that the ARNs of the keys name. */
  readonly scope: Scope;
  /** ARN of the principal that this page's origin is for the host: name it in key policies and grants. */
  readonly callerArn: string;
  /**
   * Encrypts a stream as `encryptStream` of `keyhaven/streams` does, but where the keys are: this page gets no data key. Chunks are
   * moved, not copied: a chunk that is all of its buffer is not the writer's any more.
   */
  encryptStream(options: EncryptStreamOptions): StreamPair;
  /** Decrypts a stream where the keys are. */
  decryptStream(options?: DecryptStreamOptions): StreamPair;
  /**
   * Calls `listener` each time the keys were locked where they are. Sealers and streams of this page that were made with this
   * connection listen by themselves, and let go of their data keys. @returns ends it
   */
  onLock(listener: () => void): () => void;
  /** Ends the connection. Calls that are under way fail with HostUnavailable, and so do later ones. */
  destroy(): void;
}

export interface ConnectOptions {
  /** The exact origin of the frame. Needed for a frame, and for nothing else. */
  readonly origin?: string | undefined;
  /** Whose keys to see. Default: the Region of the host. */
  readonly region?: string | undefined;
  /** Milliseconds in which a host must give a sign of life when something is asked of it. Default 10 000. */
  readonly deadline?: number | undefined;
  /** Told when the host asks its user something, and when it no longer does: show its frame, and hide it again. */
  readonly onPrompt?: ((isOpen: boolean) => void) | undefined;
}

/**
 * Connects to a host: a worker, a shared worker or a frame that calls `hostKms`.
 * @param host the frame, worker, shared worker, or a port
 * @throws HostUnavailable where none answers in time
 * @throws HostRefused where it does not list this origin
 * @throws ValidationException where an option is not valid
 */
export async function connectKms(host: HostTarget, options: ConnectOptions = {}): Promise<ConnectedKms> {
  const own = optionsReader(options, { origin: true, region: true, deadline: true, onPrompt: true });
  const deadline = milliseconds('deadline', own('deadline'), 10_000);
  const onPrompt = own('onPrompt') ?? (() => {});
  checkFunctions({ onPrompt });
  const target = isPort(host) ? host : targetOf(host, own('origin'));
  const listeners = new Set<() => void>();
  const onLock = (): void => tellAll(listeners);
  const connection = new Connection(target, { region: own('region'), deadline, onPrompt, onLock });
  const { welcomed } = await connection.open();
  const { arn, ...scope } = welcomed;
  const methods = operationNames.map((operation) => [methodNameOf(operation), methodFor(connection, operation)]);
  return Object.freeze({
    ...(Object.fromEntries(methods) as unknown as KmsOperations),
    encryptStream: (given: EncryptStreamOptions) => openStream(connection, 'GenerateDataKey', given),
    decryptStream: (given: DecryptStreamOptions = {}) => openStream(connection, 'Decrypt', given),
    scope: Object.freeze(scope),
    callerArn: arn,
    onLock(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    destroy: () => connection.close(),
  });
}

const isPort = (host: unknown): host is MessagePort =>
  typeof MessagePort !== 'undefined' && host instanceof MessagePort;

function methodFor(connection: Connection, operation: Operation) {
  return async (input: unknown = {}, options?: CallOptions): Promise<unknown> => {
    // Copied before anything is awaited, as the service itself would.
    const request = plain(input, 'The request');
    let isUnwanted = false;
    let cancel = (): void => {
      isUnwanted = true;
    };
    try {
      return await awaitWith(options, async () => {
        const { line } = await connection.open();
        // Given up while the connection was made: it is not sent.
        if (isUnwanted) return undefined;
        const call = line.call(operation, request);
        cancel = call.cancel;
        return call.reply;
      });
    } catch (error) {
      cancel();
      throw error;
    }
  };
}

function openStream(connection: Connection, operation: StreamOperation, options: unknown): StreamPair {
  const request = plain(options, 'The options');
  const { port1, port2 } = new MessageChannel();
  let isOver = false;
  let onEnd = (): void => {
    isOver = true;
  };
  const { readable, writable, fail } = portStreams(port1, () => onEnd());
  connection.open().then(({ line }) => {
    if (isOver) port2.close();
    else onEnd = line.openStream(operation, request, port2, fail);
  }, fail);
  return { readable, writable };
}
