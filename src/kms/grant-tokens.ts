// Grant tokens: on AWS they make a new grant count before it has spread; here a grant counts at once. A token names a grant and
// proves nothing: the caller must be the grantee all the same.
import { toHex } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { isKeyId, keyArn, type Scope } from '../model/arn.ts';
import { InvalidGrantTokenException } from '../model/errors/index.ts';
import type { GrantRecord } from '../model/grant-record.ts';
import { type Service, serviceFor } from './service.ts';

/** Version, account, key id, grant id, and random digits that make every token another one. */
const format = /^1 (\d{12}) (\S{1,64}) ([0-9a-f]{64}) [0-9a-f]{32}$/;

export const newGrantToken = ({ accountId }: Scope, keyId: string, grantId: string): string =>
  btoa(`1 ${accountId} ${keyId} ${grantId} ${toHex(randomBytes(16))}`);

interface Named {
  readonly grant: GrantRecord;
  /** The service of the account that has the key. */
  readonly service: Service;
}

/** The grant that a token names. @throws InvalidGrantTokenException */
export async function grantOfToken(from: Service, token: string): Promise<Named> {
  const [, accountId = '', keyId = '', grantId = ''] = format.exec(decoded(token)) ?? [];
  if (isKeyId(keyId)) {
    const service = serviceFor(from, keyArn({ ...from.scope, accountId }, keyId));
    const key = await service.keyring.find({ kind: 'key', id: keyId });
    const grant = key && (await (await service.keyring.grants()).find(keyId, grantId));
    if (grant !== undefined) return { grant, service };
  }
  throw new InvalidGrantTokenException('The grant token is not valid: no grant has it.');
}

/** @throws InvalidGrantTokenException where one of them names no grant */
export async function checkGrantTokens(service: Service, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) await grantOfToken(service, token);
}

function decoded(token: string): string {
  try {
    return atob(token);
  } catch {
    return '';
  }
}
