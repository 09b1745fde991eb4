// The keys of `vault.json`: made where they are missing, each under the policy that the file says. Nothing is ever deleted.
import { AlreadyExistsException, type Kms, NotFoundException } from 'keyhaven';
import { originArn } from 'keyhaven/host';
import type { VaultConfig, VaultKey } from './config.ts';

const uses = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

export async function provision(kms: Kms, { keys = [] }: VaultConfig): Promise<Kms> {
  for (const key of keys) await provisionKey(kms, key);
  return kms;
}

async function provisionKey(kms: Kms, key: VaultKey): Promise<void> {
  const Policy = policyOf(kms, key);
  const KeyId = (await find(kms, key.alias)) ?? (await make(kms, key, Policy));
  const present = await kms.getKeyPolicy({ KeyId });
  if (present.Policy !== Policy) await kms.putKeyPolicy({ KeyId, Policy });
}

async function find(kms: Kms, alias: string): Promise<string | undefined> {
  try {
    return (await kms.describeKey({ KeyId: alias })).KeyMetadata.KeyId;
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

/** Two frames may do this at the same time: the alias has one winner, and the other's key is given up. */
async function make(kms: Kms, { alias, description = '' }: VaultKey, Policy: string): Promise<string> {
  const { KeyId } = (await kms.createKey({ Description: description, Policy })).KeyMetadata;
  try {
    await kms.createAlias({ AliasName: alias, TargetKeyId: KeyId });
    return KeyId;
  } catch (error) {
    if (!(error instanceof AlreadyExistsException)) throw error;
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    return (await kms.describeKey({ KeyId: alias })).KeyMetadata.KeyId;
  }
}

function policyOf({ scope: { accountId } }: Kms, { allow = [] }: VaultKey): string {
  const owner = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  const users = {
    Effect: 'Allow',
    Principal: { AWS: allow.map((origin) => originArn(origin, accountId)) },
    Action: uses,
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: allow.length === 0 ? [owner] : [owner, users] });
}
