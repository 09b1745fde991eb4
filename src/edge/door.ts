// The door of a service whose keyrings are elsewhere: each in a Durable Object, or on a machine of its own. It checks signatures,
// so that nobody who cannot sign reaches a keyring or costs more than a check, and sends what is signed to the keyring of the
// account that signed. The keyring checks again, and knows what it has answered before.

import { asKmsError, errorReply } from '../http/error-reply.ts';
import { createFront } from '../http/front.ts';
import { type Handler, handlerOf } from '../http/handler.ts';
import { frontNames, readHandlerOptions, type SignedOptions } from '../http/options.ts';
import { accountOf } from '../http/sigv4/credentials.ts';
import { headerOf, type WireReply, type WireRequest } from '../http/wire.ts';
import { newRequestId } from '../keys/request-id.ts';
import { KMSInternalException, ValidationException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';
import { createThrottle, type Rate } from './throttle.ts';
import { unreachable } from './unreachable.ts';

/** What answers for a keyring: a stub of a Durable Object is one. */
export interface RemoteKeyring {
  fetch(request: Request): Promise<Response>;
}

/** What the trail says of a caller, the keyring finds out from the headers of the request, which come through. */
export interface DoorOptions extends Omit<SignedOptions, 'onCall' | 'addressOf' | 'tlsOf'> {
  /** The keyring of an account, such as `env.KEYRINGS.get(env.KEYRINGS.idFromName(accountId))`. */
  readonly keyringOf: (accountId: string) => RemoteKeyring;
  /** What one account may send through. It counts in this process only; the keyring may have a rate of its own. */
  readonly rate?: Rate | undefined;
}

/**
 * A fetch handler that lets signed requests through to the keyring of the account that signed.
 * @throws ValidationException where an option is not valid
 */
export function createDoor(options: DoorOptions): Handler {
  checkOptions(options, { ...frontNames, keyringOf: true, rate: true });
  const { keyringOf, rate, ...signed } = { rate: undefined, ...options };
  if (typeof keyringOf !== 'function')
    throw new ValidationException('keyringOf must be a function that gives the keyring of an account.');
  const read = readHandlerOptions(() => nobody(), signed);
  const throttle = rate === undefined ? undefined : createThrottle(rate, read.clock);
  return handlerOf(
    createFront(read, async (request) => {
      try {
        const { credential } = await read.authenticate(request);
        const accountId = accountOf(credential.principalArn);
        throttle?.(accountId);
        return await forward(keyringOf(accountId), request);
      } catch (error) {
        return errorReply(asKmsError(error), newRequestId());
      }
    }),
    { maxBodyTime: read.maxBodyTime },
  );
}

const nobody = (): never => {
  throw new KMSInternalException('There are no keyrings behind the door itself.');
};

/** Sends the request on as it was signed. */
async function forward(keyring: RemoteKeyring, { method, target, headers, body }: WireRequest): Promise<WireReply> {
  const sent = new Headers();
  for (const [name, values] of headers) for (const value of values) sent.append(name, value);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const request = new Request(`https://${headerOf(headers, 'host') ?? 'keyring'}${target}`, {
    method,
    headers: sent,
    ...(hasBody ? { body } : {}),
  });
  try {
    const reply = await keyring.fetch(request);
    return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.text() };
  } catch (error) {
    return unreachable(error);
  }
}
