// Calls without signatures, for programs on the same machine. Only what was addressed to loopback by name is answered, so that
// a page whose name was made to point here (DNS rebinding) is not.
import { wireError } from './error-reply.ts';
import { checkCredential } from './sigv4/credentials.ts';
import type { Verified } from './sigv4/verify.ts';
import { headerOf, type WireRequest } from './wire.ts';

export interface UnsignedCaller {
  /** ARN of the IAM or STS principal that all calls count as. */
  readonly principalArn: string;
  readonly administrator?: boolean | undefined;
  readonly region: string;
}

export function acceptUnsigned(caller: UnsignedCaller): (request: WireRequest) => Verified {
  const credential = checkCredential({
    accessKeyId: 'unsigned',
    secretAccessKey: 'unsigned',
    principalArn: caller.principalArn,
    administrator: caller.administrator,
  });
  return ({ headers }) => {
    if (!isLoopback(headerOf(headers, 'host') ?? ''))
      throw wireError('AccessDeniedException', 'Calls without a signature are answered on loopback only.');
    return { credential, region: caller.region, signature: '', end: 0 };
  };
}

/** @param host a name or address, with or without a port */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i.test(host);
