// ARNs of KMS keys, as data keys name them.
import type { Bytes } from '../formats/bytes.ts';
import { partitionOf } from '../model/arn.ts';

export interface KeyArn {
  readonly text: string;
  readonly region: string;
  readonly accountId: string;
  readonly keyId: string;
}

/** Reads `arn:<partition>:kms:<region>:<account>:key/<id>`; undefined for aliases and everything else. */
export function parseKeyArn(text: string): KeyArn | undefined {
  const match = /^arn:[^:]+:kms:([^:]+):([^:]+):key\/([^:/]+)$/.exec(text);
  if (match === null) return undefined;
  const [, region, accountId, keyId] = match as unknown as [string, string, string, string];
  return { text, region, accountId, keyId };
}

/** False for nothing at all, and for what begins as an ARN and is none of a KMS key or alias. All else may be an id or an alias name. */
export const mayNameKey = (text: string): boolean =>
  /^(?!arn:)./s.test(text) || parseKeyArn(text) !== undefined || /^arn:[^:]+:kms:[^:]+:[^:]+:alias\/[^:]+$/.test(text);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function keyArnOf(providerInfo: Bytes): KeyArn | undefined {
  try {
    return parseKeyArn(decoder.decode(providerInfo));
  } catch {
    return undefined;
  }
}

/**
 * A key's ARN with the partition that its Region is of. Once the ARNs of all Regions were of the partition `aws`, and messages of
 * that time name their keys so.
 */
export function modernArn(text: string): string {
  const [, , , region = ''] = text.split(':');
  return text.replace(/^arn:aws:/, `arn:${partitionOf(region)}:`);
}

const partitionIn = (arn: KeyArn): string | undefined => modernArn(arn.text).split(':')[1];

/** True where both are one key, or keys of one multi-Region key. */
export function isSameKey(one: KeyArn, other: KeyArn): boolean {
  if (modernArn(one.text) === modernArn(other.text)) return true;
  const isMultiRegion = one.keyId.startsWith('mrk-');
  return (
    isMultiRegion &&
    one.keyId === other.keyId &&
    partitionIn(one) === partitionIn(other) &&
    one.accountId === other.accountId
  );
}
