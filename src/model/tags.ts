// Tags of a key: an ordered map of up to 50 entries. https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html
import { TagException } from './errors/index.ts';

export type Tags = readonly (readonly [key: string, value: string])[];

const most = 50;
type TagList = readonly { readonly TagKey: string; readonly TagValue: string }[];

/**
 * Adds tags, replacing the values of keys that are there.
 * @throws TagException for duplicates in one request, reserved keys, or more than 50 tags
 */
export function withTags(tags: Tags, added: TagList): Tags {
  const result = new Map(tags);
  const seen = new Set<string>();
  for (const { TagKey, TagValue } of added) {
    if (TagKey.toLowerCase().startsWith('aws:')) throw new TagException('Tags beginning with aws: are reserved');
    if (seen.has(TagKey)) throw new TagException('Duplicate tag keys');
    seen.add(TagKey);
    result.set(TagKey, TagValue);
  }
  if (result.size > most) throw new TagException('Too many tags');
  return [...result];
}

/** Removes tags; a key that is not there is not an error. @throws TagException for reserved keys */
export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  if (keys.some((key) => key.toLowerCase().startsWith('aws:')))
    throw new TagException('Tags beginning with aws: are reserved');
  return tags.filter(([key]) => !keys.includes(key));
}
