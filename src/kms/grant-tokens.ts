// Grant tokens: on AWS they make a new grant count before it has spread; here a grant counts at once. A token names a grant and
// proves nothing: the caller must be the grantee all the same.
import { toHex } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { isKeyId } from '../model/arn.ts';
import { InvalidGrantTokenException } from '../model/errors/index.ts';
import type { GrantRecord } from '../model/grant-record.ts';
import type { Service } from './service.ts';

/** Version, key id, grant id, and random digits that make every token another one. */
const format = /^1 (\S{1,64}) ([0-9a-f]{64}) [0-9a-f]{32}$/;

export const newGrantToken = (keyId: string, grantId: string): string =>
  btoa(`1 ${keyId} ${grantId} ${toHex(randomBytes(16))}`);

/** The grant that a token names. @throws InvalidGrantTokenException */
export async function grantOfToken({ keyring }: Service, token: string): Promise<GrantRecord> {
  const [, keyId, grantId] = format.exec(decoded(token)) ?? [];
  const grant =
    keyId !== undefined && grantId !== undefined && isKeyId(keyId)
      ? await (await keyring.grants()).find(keyId, grantId)
      : undefined;
  if (grant === undefined) throw new InvalidGrantTokenException('The grant token is not valid: no grant has it.');
  return grant;
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
