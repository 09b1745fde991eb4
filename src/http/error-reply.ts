// Errors on the wire: HTTP 400 or 500, the name in `__type` and in a header, the message where AWS has one.
import { isUntold } from '../model/errors/base.ts';
import { KMSInternalException, KmsError } from '../model/errors/index.ts';
import type { WireReply } from './wire.ts';

export const contentType = 'application/x-amz-json-1.1';

/** What every reply has. Replies hold plaintexts and data keys: nothing on the way keeps them. AWS says it with more words. */
export const replyHeaders = (requestId: string): Record<string, string> => ({
  'cache-control': 'no-store',
  'content-type': contentType,
  'x-amzn-requestid': requestId,
});

/** The request's own mistakes, of which the service's model knows nothing. */
export const wireError = (name: string, message: string): KmsError => new KmsError(name, 'client', message);

/** An error that may be shown. What went wrong inside, unexpectedly, stays inside. */
export const asKmsError = (error: unknown): KmsError =>
  error instanceof KmsError
    ? error
    : new KMSInternalException('The service failed unexpectedly. Its log has more.', { cause: error });

export function errorReply(error: KmsError, requestId: string): WireReply {
  const { name, message } = error;
  const body: Record<string, string> = { __type: name };
  if (message !== '' && !isUntold(error)) body[name === 'AccessDeniedException' ? 'Message' : 'message'] = message;
  return {
    status: error.$metadata.httpStatusCode ?? 500,
    headers: { ...replyHeaders(requestId), 'x-amzn-errortype': name },
    body: JSON.stringify(body),
  };
}
