// A request of the SDK, answered by a service of the same process. Signatures are not looked at: whoever can call this can
// call the service itself.
import { callOperation } from '../http/call.ts';
import { asKmsError, errorReply, wireError } from '../http/error-reply.ts';
import { parseTarget } from '../http/operations.ts';
import type { WireReply } from '../http/wire.ts';
import { newRequestId } from '../keys/request-id.ts';
import type { Kms } from '../kms/kms.ts';
import type { CallOptions } from '../model/api/index.ts';
import { checkOpening } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';

/** A service that may still be opening. Where it cannot be opened each call learns why, and nothing else: no rejection is left unhandled. */
export function opening(kms: Kms | Promise<Kms>): Promise<Kms> {
  checkOpening(kms);
  const service = Promise.resolve(kms);
  service.catch(() => {});
  return service;
}

/** @throws Error AbortError, TimeoutError: they are not the service's */
export async function answer(
  kms: Promise<Kms>,
  target: string | undefined,
  body: Bytes,
  options?: CallOptions,
): Promise<WireReply> {
  try {
    const operation = parseTarget(target);
    if (operation === undefined)
      throw wireError('UnknownOperationException', 'x-amz-target names no operation of AWS KMS.');
    return await callOperation(await kms, operation, body, options);
  } catch (error) {
    if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) throw error;
    const told = asKmsError(error);
    return errorReply(told, told.$metadata.requestId ?? newRequestId());
  }
}
