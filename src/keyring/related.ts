// The keys of a multi-Region key, for changes that hold for all of them: they are read and written in one attempt.
import type { KeyRecord } from '../model/key-record.ts';
import { regionsOf } from '../model/multi-region.ts';
import type { Draft } from './draft.ts';

export interface RelatedKey {
  /** The attempt, in the Region of the key. */
  readonly draft: Draft;
  readonly key: KeyRecord;
}

/** A key wherever it is, its primary first. A key of one Region is alone. */
export async function relatedKeys(draft: Draft, key: KeyRecord): Promise<readonly RelatedKey[]> {
  const { primary, replicas } = regionsOf(key, draft.scope);
  const found: RelatedKey[] = [];
  for (const region of [primary, ...replicas]) {
    const there = draft.at({ ...draft.scope, region });
    const related = await there.key(key.id);
    if (related !== undefined) found.push({ draft: there, key: related });
  }
  return found;
}

/** Changes a key in every Region. */
export async function changeRelated(
  draft: Draft,
  key: KeyRecord,
  change: (key: KeyRecord, draft: Draft) => KeyRecord,
): Promise<void> {
  for (const related of await relatedKeys(draft, key)) await related.draft.putKey(change(related.key, related.draft));
}

/**
 * Notes in the trail that what the keys of a multi-Region key share was copied from the primary to the others, as CloudTrail does:
 * in the Region of the primary, and of its key alone. Nothing where there are no others.
 */
export function recordSynchronization(related: readonly RelatedKey[]): void {
  const [primary] = related;
  if (primary !== undefined && related.length > 1)
    primary.draft.recordOwn('SynchronizeMultiRegionKey', primary.key.id, null);
}
