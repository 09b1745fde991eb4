// The service: one method per operation, in the shapes of the AWS SDK's aggregated client `KMS`. The methods stand in three files,
// each a class that goes on from the one before (root-methods, management-operations, cryptographic-operations); here is who calls,
// and where.
import { checkScope, type Scope } from '../model/arn.ts';
import { checkCaller, isRootOf, rootArn } from '../model/caller.ts';
import { ValidationException } from '../model/errors/index.ts';
import { isOn, optionsReader } from '../model/options.ts';
import { contextOf, localOrigin, type TlsDetails } from '../trail/event.ts';
import { CryptographicOperations } from './cryptographic-operations.ts';
import type { IdleService } from './service.ts';
import { Trail } from './trail.ts';

/** Who calls, and from where. */
export interface CallerOptions {
  arn: string;
  isAdministrator?: boolean | undefined;
  viaService?: string | undefined;
  accessKeyId?: string | undefined;
  sourceIPAddress?: string | undefined;
  userAgent?: string | undefined;
  tlsDetails?: TlsDetails | undefined;
}

/** A key management service: the keys of one account and Region of a store. Made by `openKms`. */
export class Kms extends CryptographicOperations {
  readonly #service: IdleService;
  #trail: Trail | undefined;

  /** @internal */
  constructor(service: IdleService) {
    super(service);
    this.#service = service;
  }

  /**
   * The same service for another caller: key policies see the caller's ARN.
   * @param caller `isAdministrator` (default false): may do all that a key policy leaves to the caller's account
   *   (the account's root user always may); `viaService` is the service that calls for it, `kms:ViaService` in policies;
   *   `accessKeyId`, `sourceIPAddress`, `userAgent` and `tlsDetails` are what the trail shows of where it calls from
   * @throws ValidationException where the ARN is not one of a principal
   */
  as(caller: CallerOptions): Kms {
    const own = optionsReader(
      caller,
      {
        arn: true,
        isAdministrator: true,
        viaService: true,
        accessKeyId: true,
        sourceIPAddress: true,
        userAgent: true,
        tlsDetails: true,
      },
      'caller',
    );
    for (const name of ['arn', 'viaService', 'accessKeyId', 'sourceIPAddress', 'userAgent'] as const)
      if (typeof (own(name) ?? '') !== 'string') throw new ValidationException(`${name} must be a string.`);
    const isAdministrator = isOn('isAdministrator', own('isAdministrator'));
    const checked = checkCaller(own('arn') ?? '', isAdministrator, own('viaService'));
    const by = contextOf(this.#service.scope, checked, {
      accessKeyId: own('accessKeyId') ?? localOrigin.accessKeyId,
      sourceIPAddress: own('sourceIPAddress') ?? localOrigin.sourceIPAddress,
      userAgent: own('userAgent') ?? localOrigin.userAgent,
      tlsDetails: own('tlsDetails'),
    });
    return new Kms({ ...this.#service, caller: checked, by });
  }

  /** The account and the Region that the ARNs of the keys name. */
  get scope(): Scope {
    return this.#service.scope;
  }

  /**
   * The same service in another Region, or for another account, of the same store. The caller stays who it is;
   * only an account's root user becomes the root user of the other account.
   * @throws ValidationException where there can be no such account or Region
   */
  at(place: { accountId?: string; region?: string }): Kms {
    const own = optionsReader(place, { accountId: true, region: true }, 'place');
    const { scope: here, caller, by } = this.#service;
    const scope = checkScope(own('accountId') ?? here.accountId, own('region') ?? here.region);
    const isRoot = isRootOf(caller.arn, here.accountId);
    const next = isRoot ? checkCaller(rootArn(scope), true) : caller;
    return new Kms({ ...this.#service, scope, caller: next, by: contextOf(scope, next, by) });
  }

  /** What was called here, by whom, and whether that record is whole: for administrators of the account. */
  get trail(): Trail {
    this.#trail ??= new Trail(this.#service);
    return this.#trail;
  }

  /** Lets go of key handles and of the database. A later call connects again. */
  destroy(): void {
    // Nothing waits for it, and a connection that cannot be closed is closed by the browser.
    this.#service.access.disconnect().catch(() => {});
  }
}
