// The endpoint without its carrier: authenticate, find the service, refuse replays, call, and turn every outcome into a reply.
import { newRequestId } from '../keys/request-id.ts';
import type { Kms } from '../kms/kms.ts';
import type { Scope } from '../model/arn.ts';
import type { KmsError } from '../model/errors/index.ts';
import { callOperation } from './call.ts';
import { Callers } from './callers.ts';
import { asKmsError, contentType, errorReply, wireError } from './error-reply.ts';
import { changesState, type Operation, parseTarget } from './operations.ts';
import { accountOf } from './sigv4/credentials.ts';
import { Replays } from './sigv4/replays.ts';
import type { Verified } from './sigv4/verify.ts';
import { headerOf, userAgentOf, type WireReply, type WireRequest } from './wire.ts';

/** The service of an account and Region. */
export type FindKms = (scope: Scope) => Kms | Promise<Kms>;

/** What became of a request, for a log. Holds no secret, no plaintext and nothing of the body. */
export interface CallRecord {
  readonly requestId: string;
  readonly operation: string | undefined;
  readonly principalArn: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly region: string | undefined;
  readonly status: number;
  readonly milliseconds: number;
  /** The error that the client was told of; its `cause`, where it has one, stayed here. */
  readonly error: KmsError | undefined;
}

export interface EndpointOptions {
  /** Tells who calls. @throws KmsError where it is nobody */
  readonly authenticate: (request: WireRequest) => Promise<Verified> | Verified;
  readonly findKms: FindKms;
  readonly clock: () => number;
  readonly onCall: ((record: CallRecord) => void) | undefined;
}

export type Endpoint = (request: WireRequest) => Promise<WireReply>;

interface Progress {
  operation: Operation | undefined;
  verified: Verified | undefined;
}

/**
 * Clients of AWS that send no id of the call: the AWS CLI, and SDKs of the first generation such as those of Go and JavaScript.
 * Programs may name themselves before the SDK that they are made with, as Terraform does.
 */
const clientOfAws = /(^|[\s,])(aws-cli|aws-sdk-[\w-]+|boto3?|botocore)\//i;

/** What tells this call from an equal one: its id, and which attempt at it this is. A failed one may be tried again within the second. */
function invocationOf({ headers }: WireRequest): string | undefined {
  const id = headerOf(headers, 'amz-sdk-invocation-id');
  if (id === undefined) return clientOfAws.test(userAgentOf(headers)) ? undefined : '';
  const attempt = /\battempt=(\d{1,4})\b/.exec(headerOf(headers, 'amz-sdk-request') ?? '')?.[1];
  return attempt === undefined ? id : `${id}/${attempt}`;
}

export function createEndpoint(options: EndpointOptions): Endpoint {
  const replays = new Replays();
  const callers = new Callers();
  const { authenticate, findKms, clock, onCall } = options;

  async function answer(request: WireRequest, progress: Progress) {
    const verified = await authenticate(request);
    progress.verified = verified;
    const operation = routeOf(request);
    progress.operation = operation;
    const { credential, region, signature, end } = verified;
    const kms = await findKms({ accountId: accountOf(credential.principalArn), region });
    if (signature !== '' && changesState(operation)) {
      replays.refuseSecond(signature, invocationOf(request), end, clock());
    }
    return callOperation(callers.see(kms, credential, request), operation, request.body);
  }

  return async (request) => {
    const started = clock();
    const progress: Progress = { operation: undefined, verified: undefined };
    let error: KmsError | undefined;
    let requestId: string;
    let reply: WireReply;
    try {
      const called = await answer(request, progress);
      requestId = called.requestId;
      reply = { status: called.status, headers: called.headers, body: called.body };
    } catch (thrown) {
      error = asKmsError(thrown);
      requestId = error.$metadata.requestId ?? newRequestId();
      reply = errorReply(error, requestId);
    }
    onCall?.({
      requestId,
      operation: progress.operation,
      principalArn: progress.verified?.credential.principalArn,
      accessKeyId: progress.verified?.credential.accessKeyId,
      region: progress.verified?.region,
      status: reply.status,
      milliseconds: clock() - started,
      error,
    });
    return reply;
  };
}

/** Of requests. AWS JSON 1.0 differs in nothing that a request of KMS has, and ExAws of Elixir says that it speaks it. */
const contentTypes: ReadonlySet<string> = new Set([contentType, 'application/x-amz-json-1.0']);

/** @throws KmsError UnknownOperationException */
function routeOf({ method, target, headers }: WireRequest): Operation {
  const named = headerOf(headers, 'x-amz-target');
  const operation = parseTarget(named);
  if (method !== 'POST' || target !== '/')
    throw wireError('UnknownOperationException', 'Operations are called with POST on the path /.');
  if (operation === undefined)
    throw wireError(
      'UnknownOperationException',
      named === undefined ? 'x-amz-target is missing.' : 'x-amz-target names no operation of AWS KMS.',
    );
  if (!contentTypes.has((headerOf(headers, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''))
    throw wireError('UnknownOperationException', `The content-type must be ${contentType}.`);
  return operation;
}
