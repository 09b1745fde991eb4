// One call of an operation, from a decoded target and the bytes of its body to a reply. Who calls was settled before.
import type { Kms } from '../kms/kms.ts';
import type { CallOptions } from '../model/api/index.ts';
import type { Bytes } from '../model/shape.ts';
import { replyHeaders, wireError } from './error-reply.ts';
import { decodeRequest, encodeReply } from './json.ts';
import { methodOf, type Operation } from './operations.ts';
import type { WireReply } from './wire.ts';

/** @throws KmsError with the name of the exception */
export async function callOperation(
  kms: Kms,
  operation: Operation,
  body: Bytes,
  options?: CallOptions,
): Promise<WireReply & { readonly requestId: string }> {
  const method = methodOf(kms, operation);
  if (method === undefined) throw wireError('UnknownOperationException', `${operation} is not there yet.`);
  const input = decodeRequest(body);
  const reply = (await method(input, options)) as { $metadata?: { requestId?: string } };
  const requestId = reply.$metadata?.requestId ?? '';
  return {
    requestId,
    status: 200,
    headers: replyHeaders(requestId),
    body: encodeReply(reply),
  };
}
