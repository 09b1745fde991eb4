// The terms of the grant that CreateGrant asks for, and whether they make sense.
import { isServicePrincipal, parsePrincipal } from '../authz/principal.ts';
import type { Caller } from '../model/caller.ts';
import { InvalidArnException, ValidationException } from '../model/errors/index.ts';
import { type GrantParty, type GrantTerms, grantableOperations } from '../model/grant-record.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { isMacSpec } from '../model/key-spec.ts';
import type { Conditions } from './conditions.ts';
import type { CreateGrantRequest } from './grant-requests.ts';

/** Limits of constraints on the encryption context. */
const mostPairs = 8;
const longestValue = 384;

/** @throws ValidationException, InvalidArnException */
export function termsOf(request: CreateGrantRequest): GrantTerms {
  const grantee = party('Grantee', request.GranteePrincipal, request.GranteeServicePrincipal);
  const retiring = party('Retiring', request.RetiringPrincipal, request.RetiringServicePrincipal);
  const hasRetiring = retiring.principal !== null || retiring.service !== null;
  if (grantee.principal === null && grantee.service === null)
    throw new ValidationException('You must specify either GranteePrincipal or GranteeServicePrincipal.');
  if (grantee.service !== null && (request.Constraints?.SourceArn === undefined || !hasRetiring)) {
    throw new ValidationException(
      'GranteeServicePrincipal needs a SourceArn grant constraint and a RetiringPrincipal or RetiringServicePrincipal.',
    );
  }
  const operations = [...new Set(request.Operations)];
  if (operations.length === 1 && operations[0] === 'CreateGrant')
    throw new ValidationException('Grants must not contain only the CreateGrant operation.');
  return {
    name: request.Name ?? '',
    grantee,
    retiring,
    operations,
    constraints: { ...contextOf(request.Constraints), sourceArn: request.Constraints?.SourceArn ?? null },
  };
}

function party(role: 'Grantee' | 'Retiring', principal: string | undefined, service: string | undefined): GrantParty {
  if (principal !== undefined && service !== undefined)
    throw new ValidationException(`You cannot specify both ${role}Principal and ${role}ServicePrincipal.`);
  requirePrincipals(principal, service);
  return { principal: principal ?? null, service: service ?? null };
}

/** An assumed role has no path there. */
const sessionOfPath = /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/(?:[^/]+\/){2,}[^/]+$/;

/** @throws InvalidArnException where a grant could not name them, nor a listing of grants */
export function requirePrincipals(principal: string | undefined, service: string | undefined): void {
  if (principal !== undefined && sessionOfPath.test(principal))
    throw new InvalidArnException(`ARN is not valid: ${principal}`);
  const isValid = principal === undefined || parsePrincipal(principal) !== undefined || isServicePrincipal(principal);
  if (!isValid || (service !== undefined && !isServicePrincipal(service)))
    throw new InvalidArnException(`ARN does not refer to a valid principal: ${principal ?? service}`);
}

type Pairs = readonly (readonly [key: string, value: string])[];

/**
 * A grant has one constraint on the encryption context. Clients that fill in both members, as Terraform does, leave the one that they do
 * not mean empty: it must not shut out every context.
 */
function contextOf(constraints: CreateGrantRequest['Constraints']): Pick<GrantTerms['constraints'], ContextMember> {
  const contextEquals = pairsOf('encryptionContextEquals', constraints?.EncryptionContextEquals);
  const contextSubset = pairsOf('encryptionContextSubset', constraints?.EncryptionContextSubset);
  if (contextEquals === null || contextSubset === null) return { contextEquals, contextSubset };
  if (contextEquals.length > 0 && contextSubset.length > 0)
    throw new ValidationException('More than one constraint supplied');
  return contextSubset.length > 0 ? { contextEquals: null, contextSubset } : { contextEquals, contextSubset: null };
}

type ContextMember = 'contextEquals' | 'contextSubset';

function pairsOf(member: string, pairs: Pairs | undefined): Pairs | null {
  if (pairs === undefined) return null;
  if (pairs.length > mostPairs)
    throw new ValidationException(`constraints.${member} has more than ${mostPairs} encryption context pairs.`);
  if (pairs.some(([, value]) => value.length > longestValue))
    throw new ValidationException(`constraints.${member} has a value of more than ${longestValue} characters.`);
  return pairs;
}

/** @throws ValidationException where a key of this kind cannot do what the grant names */
export function checkSuits(key: KeyRecord, terms: GrantTerms): void {
  const suitable = grantableOperations(key);
  const others = terms.operations.filter((operation) => !suitable.includes(operation));
  if (others.length > 0) {
    const kind = key.spec === 'SYMMETRIC_DEFAULT' || isMacSpec(key.spec) ? 'a symmetric' : 'an asymmetric';
    throw new ValidationException(
      `Operations [${others.join(', ')}] are not supported when creating a grant for ${kind} KMS key with key usage ${key.usage}. Valid operations are [${suitable.join(', ')}]`,
    );
  }
  const { contextEquals, contextSubset } = terms.constraints;
  if (key.spec !== ('SYMMETRIC_DEFAULT' as string) && (contextEquals !== null || contextSubset !== null)) {
    throw new ValidationException(
      'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.',
    );
  }
}

/** What key policies can ask of a grant that is to be made. */
export function grantConditions(terms: GrantTerms, caller: Caller): Conditions {
  const { operations, grantee, retiring, constraints } = terms;
  const { contextEquals, contextSubset, sourceArn } = constraints;
  return {
    'kms:GrantOperations': operations,
    'kms:GranteePrincipal': grantee.principal ?? undefined,
    'kms:GranteeServicePrincipal': grantee.service ?? undefined,
    'kms:RetiringPrincipal': retiring.principal ?? undefined,
    'kms:RetiringServicePrincipal': retiring.service ?? undefined,
    'kms:GrantConstraintSourceArn': sourceArn ?? undefined,
    'kms:GrantConstraintType': [
      ...(contextEquals === null ? [] : ['EncryptionContextEquals']),
      ...(contextSubset === null ? [] : ['EncryptionContextSubset']),
    ],
    ...serviceConditions(caller),
  };
}

/** Whether a service of AWS asks on the caller's behalf, as it does for a resource of its own. */
export const serviceConditions = ({ viaService }: Caller): Conditions => ({
  'kms:GrantIsForAWSResource': viaService !== undefined,
});
