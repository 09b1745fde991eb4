// What an operation tells of its request, for the conditions of key policies.
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
import type { Value } from '../authz/values.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { Service } from './service.ts';

type Pairs = readonly (readonly [key: string, value: string])[];

/** What every request says that names a key; the request itself will do. */
export interface Claims {
  readonly KeyId?: string | undefined;
  readonly EncryptionContext?: Pairs | undefined;
  readonly GrantTokens?: readonly string[] | undefined;
}

/** Reads what is a request's own: a polluted prototype says nothing. */
export function own<K extends keyof Claims>(claims: Claims, name: K): Claims[K] {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** Condition values of one operation, such as `{ 'kms:SigningAlgorithm': 'ECDSA_SHA_256' }`. */
export type Conditions = Readonly<Record<string, Value>>;

/** Conditions that cost a reading: asked for only where a policy is judged. */
export type LazyConditions = () => Promise<Conditions>;

const day = 86_400_000;

/**
 * `kms:TrailingDaysWithoutKeyUsage`: whole days since the last cryptographic operation with the key, or since it was made.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-trailing-days-without-key-usage
 */
export async function usageConditions({ keyring }: Service, key: KeyRecord): Promise<Conditions> {
  const since = (await keyring.uses.of(key.id))?.at ?? key.createdAt;
  return { 'kms:TrailingDaysWithoutKeyUsage': Math.max(0, Math.floor((keyring.now - since) / day)) };
}

/** `aws:RequestTag/<key>` and `aws:TagKeys` of a request that sets tags. */
export function tagConditions(tags: readonly { readonly TagKey: string; readonly TagValue: string }[]): Conditions {
  const pairs = tags.map(({ TagKey, TagValue }) => [`aws:RequestTag/${TagKey}`, TagValue] as const);
  return { ...Object.fromEntries(pairs), 'aws:TagKeys': tags.map(({ TagKey }) => TagKey) };
}
