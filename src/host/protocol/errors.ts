// Errors over a port: name, text and whose fault, and at the other end the same class again, so that `instanceof` and `switch
// (error.code)` hold in the page as they do beside the keys. A `cause` stays where it happened.
import * as errors from '../../model/errors/index.ts';
import { KmsError, type KmsErrorCode } from '../../model/errors/index.ts';
import { type CallError, member } from './messages.ts';

export function encodeError(error: KmsError): CallError {
  const { code, message, $fault: fault, $metadata } = error;
  const { requestId } = $metadata;
  return { code, message, fault, ...(requestId !== undefined && { requestId }) };
}

/** Each class by its code; the compiler wants them all. */
const classes: { readonly [Code in KmsErrorCode]: new (message: never) => KmsError<Code> } = errors;

/** The error of a message, of its own class. What is not an error of ours becomes a KMSInternalException. */
export function decodeError(data: unknown): KmsError {
  const [code, message, fault, requestId] = ['code', 'message', 'fault', 'requestId'].map((name) => member(data, name));
  const text = typeof message === 'string' ? message : '';
  const error = typeof code === 'string' ? errorOf(code, text, fault) : new errors.KMSInternalException(text);
  if (typeof requestId === 'string') error.$metadata.requestId = requestId;
  return error;
}

function errorOf(code: string, message: string, fault: unknown): KmsError {
  if (!isCode(code)) return new KmsError(code, fault === 'server' ? 'server' : 'client', message);
  const error = new classes[code](message as never);
  // Some have a text of their own: what the host said counts.
  if (error.message !== message) Object.defineProperty(error, 'message', { value: message });
  return error;
}

const isCode = (code: string): code is KmsErrorCode => Object.hasOwn(classes, code) && code !== 'KmsError';
