// Calls from one worker to another without HTTP: the platform carries values, not classes, so errors travel as data and are
// errors again at the other end.

import { decodeError, encodeError } from '../host/protocol/errors.ts';
import { plain } from '../host/protocol/plain.ts';
import { asKmsError } from '../http/error-reply.ts';
import {
  isOperation,
  type MethodName,
  methodNameOf,
  methodOf,
  type Operation,
  operationNames,
} from '../http/operations.ts';
import type { Kms } from '../kms/kms.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, checkKms } from '../model/options.ts';
import { unreachable } from './unreachable.ts';

/** What a call gives: its output, or the error it failed with. */
export type Answer = { readonly output: object } | { readonly error: unknown };

/** Carries one call, and gives what `callsOf` gave: a method of a service binding or of a stub. */
export type Call = (operation: Operation, input: unknown) => Promise<unknown>;

/** Every operation of AWS KMS, as `Kms` and the client of the AWS SDK have them. */
export type KmsOperations = Pick<Kms, MethodName>;

/**
 * What answers calls, beside the keys.
 * @param kms the service for the caller: `kms.as({ arn })`
 */
export function callsOf(kms: Kms): (operation: string, input: unknown) => Promise<Answer> {
  checkKms(kms);
  return async (operation, input) => {
    try {
      const method = isOperation(operation) ? methodOf(kms, operation) : undefined;
      if (method === undefined) throw new ValidationException('There is no such operation.');
      return {
        output: carried(await method(plain(input ?? {}, 'The request').value), 'The reply') as object,
      };
    } catch (error) {
      return { error: encodeError(asKmsError(error)) };
    }
  };
}

/**
 * The service at the other end of `call`, with its own errors. Where no answer comes, a call fails with StoreUnavailable, or with
 * ThrottlingException where a Durable Object is overloaded; `cause` is what `call` failed with.
 * @param call carries an operation and its input, and gives what `callsOf` gave
 */
export function kmsOver(call: Call): KmsOperations {
  checkFunctions({ call: call ?? null });
  const methods = operationNames.map((operation) => [
    methodNameOf(operation),
    async (input: unknown = {}) => {
      const request = carried(input, 'The request');
      const answer = (await (async () => call(operation, request))().catch(unreachable)) as Answer;
      if (Object.hasOwn(answer, 'error')) throw decodeError((answer as { error: unknown }).error);
      return (answer as { output: object }).output;
    },
  ]);
  return Object.freeze(Object.fromEntries(methods) as unknown as KmsOperations);
}

/** Plain data and nothing else, as objects of the usual kind: workerd carries none without a prototype. */
const carried = (value: unknown, what: string): unknown => structuredClone(plain(value, what).value);
