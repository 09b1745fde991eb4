// Errors over a port: name, text and whose fault, and at the other end the same class again, so that `instanceof` and `switch
// (error.code)` hold in the page as they do beside the keys. A `cause` stays where it happened.
import * as aws from '../../model/errors/aws.ts';
import * as host from '../../model/errors/host.ts';
import { KmsError } from '../../model/errors/index.ts';
import * as keyhaven from '../../model/errors/keyhaven.ts';
import * as streams from '../../model/errors/streams.ts';
import { type CallError, member } from './messages.ts';

export function encodeError(error: KmsError): CallError {
  const { code, message, $fault: fault, $metadata } = error;
  const { requestId } = $metadata;
  return { code, message, fault, ...(requestId !== undefined && { requestId }) };
}

/** What a service and its streams fail with. Errors of sealers, records and formats arise in the page itself. */
const classes: Readonly<Record<string, new (message: never) => KmsError>> = {
  ...aws,
  ...keyhaven,
  ...host,
  ...streams,
};

/** The error of a message, of its own class. What is not an error of ours becomes a KMSInternalException. */
export function decodeError(data: unknown): KmsError {
  const [code, message, fault, requestId] = ['code', 'message', 'fault', 'requestId'].map((name) => member(data, name));
  const text = typeof message === 'string' ? message : '';
  const error = typeof code === 'string' ? errorOf(code, text, fault) : new aws.KMSInternalException(text);
  if (typeof requestId === 'string') error.$metadata.requestId = requestId;
  return error;
}

function errorOf(code: string, message: string, fault: unknown): KmsError {
  const Class = Object.hasOwn(classes, code) ? classes[code] : undefined;
  if (Class === undefined) return new KmsError(code, fault === 'server' ? 'server' : 'client', message);
  const error = new Class(message as never);
  // Some have a text of their own: what the host said counts.
  if (error.message !== message) Object.defineProperty(error, 'message', { value: message });
  return error;
}
