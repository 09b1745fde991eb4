// Looking events up: from the newest on, until there are enough.
import type { NumberedEvent, TrailReader } from '../keyring/trail/reader.ts';
import type { Scope } from '../model/arn.ts';
import {
  hasId,
  isInTime,
  isMatch,
  type LookedUpEvent,
  type Lookup,
  type LookupEventsOutput,
  lookedUp,
} from '../trail/lookup.ts';
import { type CloudTrailRecord, isShared, isShown, recordOf } from '../trail/record.ts';

export async function lookupEvents(reader: TrailReader, scope: Scope, lookup: Lookup): Promise<LookupEventsOutput> {
  const found: LookedUpEvent[] = [];
  let last = 0;
  for await (const numbered of reader.events(lookup.before)) {
    const { sequence, event } = numbered;
    if (!isInTime(event, lookup) || !isShown(event, scope.accountId, scope.region)) continue;
    // The id is computed for those that have all else.
    const { accountId } = scope;
    const draft = recordOf(event, { accountId, eventId: '', sharedEventId: undefined });
    if (!isMatch(event, draft, lookup)) continue;
    const record = await recordFor(reader, accountId, numbered);
    if (!hasId(record, lookup)) continue;
    if (found.length === lookup.limit) return { Events: found, NextToken: String(last) };
    found.push(lookedUp(event, record));
    last = sequence;
  }
  return { Events: found };
}

/** The record of an event in the trail of an account. */
export async function recordFor(
  reader: TrailReader,
  accountId: string,
  numbered: NumberedEvent,
): Promise<CloudTrailRecord> {
  const { event } = numbered;
  const eventId = await reader.eventId(numbered, accountId);
  const sharedEventId = isShared(event) ? await reader.eventId(numbered, 'shared') : undefined;
  return recordOf(event, { accountId, eventId, sharedEventId });
}
