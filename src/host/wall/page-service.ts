// The service as one page has it: called as its origin's principal, in its account and Region. A call that policies and grants deny is
// made once more where the user consents, and every call is recorded before anything of its outcome leaves.
import { asKmsError, wireError } from '../../http/error-reply.ts';
import { methodOf, type Operation } from '../../http/operations.ts';
import { newRequestId } from '../../keys/request-id.ts';
import type { Kms } from '../../kms/kms.ts';
import type { Scope } from '../../model/arn.ts';
import { KMSInternalException, type KmsError } from '../../model/errors/index.ts';
import { member } from '../protocol/messages.ts';
import { type Plain, plain, wipe } from '../protocol/plain.ts';
import type { OriginCaller } from './callers.ts';
import type { Asker, Consent } from './consent.ts';
import type { OnCall } from './record.ts';

/** Of what a page calls a key, so much is recorded: no key's name is longer. */
const longestKeyId = 2048;

/** Who is asked about calls, and who is told of them. */
export interface Watch {
  readonly consent: Consent | undefined;
  readonly onCall: OnCall | undefined;
}

type Reply = object & { readonly $metadata?: { readonly requestId?: string } };

export class PageService {
  readonly arn: string;
  readonly scope: Scope;
  readonly #kms: Kms;
  readonly #watch: Watch;
  readonly #asker: Asker;

  /**
   * @param owner the service as its owner has it
   * @param prompt tells the page that its user is asked something, or no longer is
   * @throws ValidationException where there is no such Region
   */
  constructor(
    owner: Kms,
    who: OriginCaller,
    region: string | undefined,
    watch: Watch,
    prompt: (isOpen: boolean) => void,
  ) {
    const { arn, accountId, isAdministrator } = who.principalIn(owner.scope.accountId);
    this.#kms = owner.at({ accountId, ...(region !== undefined && { region }) }).as({ arn, isAdministrator });
    this.arn = arn;
    this.scope = this.#kms.scope;
    this.#watch = watch;
    this.#asker = { origin: who.origin, principalArn: arn, scope: this.scope, prompt };
  }

  /** Records that the page is there. @throws KMSInternalException where that cannot be recorded */
  recordConnection(): Promise<void> {
    const requestId = newRequestId();
    return this.#tell('connected', { requestId, operation: undefined, keyId: undefined, error: undefined }, 0);
  }

  /** Calls `listener` at each lock. A service of the owner's own need not tell of locks. @returns ends it */
  onLock(listener: () => void): () => void {
    const kms: Partial<Pick<Kms, 'onLock'>> = this.#kms;
    return kms.onLock?.(listener) ?? (() => {});
  }

  /** Carries a call out and records it; the record is kept before anything of the outcome leaves. */
  async perform(operation: Operation, given: unknown): Promise<Plain> {
    const started = performance.now();
    let named: unknown;
    let reply: Reply | undefined;
    let output: Plain | undefined;
    let error: KmsError | undefined;
    try {
      const input = plain(given, 'The request').value;
      named = member(input, 'KeyId') ?? member(input, 'DestinationKeyId') ?? member(input, 'TargetKeyId');
      reply = await this.#carryOut(operation, input);
      output = outgoing(reply);
    } catch (thrown) {
      error = asKmsError(thrown);
    }
    const requestId = reply?.$metadata?.requestId ?? error?.$metadata.requestId ?? newRequestId();
    const key = member(reply, 'KeyId') ?? member(member(reply, 'KeyMetadata'), 'Arn') ?? named;
    const keyId = typeof key === 'string' ? key.slice(0, longestKeyId) : undefined;
    try {
      await this.#tell('call', { requestId, operation, keyId, error }, performance.now() - started);
    } catch (thrown) {
      if (output !== undefined) wipe(output.buffers);
      throw thrown;
    }
    if (output === undefined) throw error;
    return output;
  }

  async #carryOut(operation: Operation, input: unknown): Promise<Reply> {
    const method = methodOf(this.#kms, operation);
    if (method === undefined) throw wireError('UnknownOperationException', `${operation} is not there yet.`);
    try {
      return await method(input);
    } catch (error) {
      const isAllowedNow = await this.#watch.consent?.after(error, this.#asker, operation, input);
      if (isAllowedNow !== true) throw error;
      return method(input);
    }
  }

  async #tell(
    event: 'connected' | 'call',
    about: { requestId: string; operation: string | undefined; keyId: string | undefined; error: KmsError | undefined },
    milliseconds: number,
  ): Promise<void> {
    const { onCall } = this.#watch;
    if (onCall === undefined) return;
    const { origin, principalArn } = this.#asker;
    try {
      await onCall({ ...about, event, origin, principalArn, times: 1, milliseconds });
    } catch (cause) {
      throw new KMSInternalException('The call could not be recorded, so its answer is withheld.', { cause });
    }
  }
}

/** @throws KMSInternalException where a reply holds what may not leave, such as a key */
function outgoing(reply: object): Plain {
  try {
    return plain(reply, 'The reply', 'moves');
  } catch (cause) {
    throw new KMSInternalException('The reply holds what may not leave the host.', { cause });
  }
}
