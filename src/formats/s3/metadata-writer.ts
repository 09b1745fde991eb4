// Writes the metadata of a new encrypted S3 object, and its instruction file where there shall be one.
import { toBase64 } from '../base64.ts';
import { encodePairs } from './metadata-text.ts';
import { contentEntries, keyEntries, type ObjectHeader, wrapCodes } from './object.ts';

export interface ObjectMetadata {
  /** User metadata of the object, without the prefix that S3 adds. */
  readonly metadata: Record<string, string>;
  /** The body of the instruction file, where one was asked for. */
  readonly instruction?: string;
}

/** @param header of format v2 with GCM, or v3 @param inFile whether the data key goes into an instruction file */
export function encodeHeader(header: ObjectHeader, inFile: boolean): ObjectMetadata {
  const entries = header.format === 'v3' ? committing(header) : plain(header);
  if (!inFile) return { metadata: Object.fromEntries(entries) };
  // In v3 what belongs to the content stays with the content, so that the data key can be wrapped anew in the file alone.
  const isOfContent = ([name]: [string, string]) => contentEntries.includes(name);
  return {
    metadata: Object.fromEntries(entries.filter(isOfContent)),
    instruction: JSON.stringify(Object.fromEntries(entries.filter((entry) => !isOfContent(entry)))),
  };
}

function plain(header: Extract<ObjectHeader, { format: 'v1' | 'v2' }>): [string, string][] {
  return [
    [keyEntries.v2, toBase64(header.wrappedKey)],
    ['x-amz-iv', toBase64(header.iv)],
    ['x-amz-cek-alg', header.contentAlgorithm],
    ['x-amz-tag-len', '128'],
    ['x-amz-wrap-alg', header.wrapAlgorithm],
    ['x-amz-matdesc', encodePairs(header.description)],
  ];
}

function committing(header: Extract<ObjectHeader, { format: 'v3' }>): [string, string][] {
  const code = [...wrapCodes].find(([, name]) => name === header.wrapAlgorithm)?.[0] as string;
  const description = encodePairs(header.description);
  const isKms = header.wrapAlgorithm === 'kms+context';
  const described: [string, string][] = isKms
    ? [['x-amz-t', description]]
    : header.description.length > 0
      ? [['x-amz-m', description]]
      : [];
  return [
    ['x-amz-c', header.contentAlgorithm],
    [keyEntries.v3, toBase64(header.wrappedKey)],
    ['x-amz-w', code],
    ['x-amz-d', toBase64(header.commitment)],
    ['x-amz-i', toBase64(header.messageId)],
    ...described,
  ];
}
