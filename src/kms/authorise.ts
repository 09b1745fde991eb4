// May the caller do this? On a key: its policy decides, then its grants. On the account: the account's own policies, of which
// keyhaven knows one thing, whether the caller is an administrator. Every operation asks here, after it has found its key and
// before it looks at the key's state. The default policy and an administrator are answered at once; all else is judged in
// judgement.ts, which pages that need nothing else never load.
import { accessDenied } from '../authz/denied.ts';
import { aliasArn } from '../model/arn.ts';
import { rootArn } from '../model/caller.ts';
import type { GrantTerms } from '../model/grant-record.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import { defaultPolicy } from '../model/policy.ts';
import { type Claims, type Conditions, type LazyConditions, own } from './conditions.ts';
import type { Service } from './service.ts';

const judgement = lazily(() => import('./judgement.ts'));

/**
 * Decides whether the call may use the key.
 * @param action the operation's name, as a key policy has it after `kms:`
 * @param claims the request: its key id, encryption context and grant tokens are looked at
 * @param conditions further condition values that this operation has
 * @param child the grant that is to be made, for CreateGrant
 * @throws AccessDeniedException, InvalidGrantTokenException
 */
export async function authorise(
  service: Service,
  key: KeyRecord,
  action: string,
  claims: Claims,
  conditions: Conditions | LazyConditions = {},
  child?: GrantTerms,
): Promise<void> {
  if (!own(claims, 'GrantTokens')?.length && isAdministratorHere(service) && hasDefaultPolicy(service, key)) return;
  const { judge } = await judgement();
  await judge(service, key, action, claims, typeof conditions === 'function' ? await conditions() : conditions, child);
}

/** For operations on no key. @throws AccessDeniedException unless the caller is an administrator of this account */
export function authoriseInAccount(
  service: Pick<Service, 'caller' | 'scope'>,
  action: string,
  resource: string = '*',
): void {
  if (!isAdministratorHere(service)) throw accessDenied(service.caller, action, resource, 'not by the account');
}

/** For operations on an alias: they need this beside leave to use the key. @throws AccessDeniedException */
export function authoriseAlias(service: Service, action: string, name: string): void {
  authoriseInAccount(service, action, aliasArn(service.scope, name));
}

const isAdministratorHere = ({ caller, scope }: Pick<Service, 'caller' | 'scope'>): boolean =>
  caller.isAdministrator && caller.accountId === scope.accountId;

/** Default policies by account and partition. */
const defaults = new Map<string, string>();

function hasDefaultPolicy({ scope }: Service, key: KeyRecord): boolean {
  const root = rootArn(scope);
  let policy = defaults.get(root);
  if (policy === undefined) {
    policy = defaultPolicy(scope);
    defaults.set(root, policy);
  }
  return key.policy === policy;
}
