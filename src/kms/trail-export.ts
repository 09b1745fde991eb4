// Exporting the trail: the records since the last digest become log files under a new one; then every file that is wanted is
// made of the records, and held against the hash that was signed.

import { utf8 } from '../formats/bytes.ts';
import type { NewLog, TrailDigests } from '../keyring/trail/digests.ts';
import type { NumberedEvent, TrailReader } from '../keyring/trail/reader.ts';
import type { KeptDigest, KeptLog } from '../keyring/trail/records.ts';
import type { Scope } from '../model/arn.ts';
import { StoreCorrupt } from '../model/errors/index.ts';
import { exactly } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import { date, readRequest, text } from '../model/shape.ts';
import type { TrailFile } from '../trail/check-files.ts';
import { hexSha256, type TrailPlace } from '../trail/digest.ts';
import { gzip } from '../trail/gzip.ts';
import { type CloudTrailRecord, isShown, recordForm } from '../trail/record.ts';
import { recordFor } from './trail-lookup.ts';

export interface TrailExportOptions {
  /** The bucket that the files are for: digests are signed for their place. Default `keyhaven-trail`. */
  bucket?: string | undefined;
  /** Before `AWSLogs/` in the objects' names. Default none. */
  prefix?: string | undefined;
  /** Default `keyhaven`. */
  trailName?: string | undefined;
  /** Leaves out digests whose period ended before this, and their logs. Default: all that the store still has. */
  since?: Date | undefined;
}

const optionsShape = exactly(
  {},
  {
    bucket: text({ min: 3, max: 63, pattern: '[a-z0-9][a-z0-9.-]*[a-z0-9]' }),
    prefix: text({ min: 1, max: 200, pattern: "[a-zA-Z0-9!_.*'()-]+(/[a-zA-Z0-9!_.*'()-]+)*" }),
    trailName: text({ min: 3, max: 128, pattern: '[a-zA-Z0-9][a-zA-Z0-9._-]*' }),
    since: date,
  },
);

/** Records of one log file. */
const mostRecords = 2000;
const hour = 3_600_000;

export function readExport(options: unknown, { accountId, region }: Scope): { place: TrailPlace; since: number } {
  const read = readRequest(optionsShape, options);
  const place = {
    accountId,
    region,
    bucket: read.bucket ?? 'keyhaven-trail',
    prefix: read.prefix ?? '',
    trailName: read.trailName ?? 'keyhaven',
  };
  return { place, since: read.since ?? Number.NEGATIVE_INFINITY };
}

export interface ExportParts {
  readonly reader: TrailReader;
  readonly digests: TrailDigests;
  readonly place: TrailPlace;
  readonly since: number;
  readonly now: number;
}

export async function* exportTrail(parts: ExportParts): AsyncGenerator<TrailFile> {
  const { digests, place, since } = parts;
  let kept = await digests.list(place);
  if (await extend(parts, kept.at(-1))) kept = await digests.list(place);
  for (const digest of kept) {
    if (digest.end < since) continue;
    for (const log of digest.logs) {
      const body = await bodyOf(parts, log);
      if (body !== undefined) yield { bucket: place.bucket, object: log.object, body: await gzip(body), metadata: {} };
    }
    const metadata = { signature: digest.signature, 'signature-algorithm': 'SHA256withRSA' };
    yield { bucket: place.bucket, object: digest.object, body: await gzip(utf8(digest.body)), metadata };
  }
}

/** Adds the next digest where there is something to say: new records, or an hour without. */
async function extend(
  { reader, digests, place, now }: ExportParts,
  previous: KeptDigest | undefined,
): Promise<boolean> {
  const { events, last, first } = await newEvents(reader, (previous?.last ?? 0) + 1);
  const start = previous?.end ?? events[0]?.event.at ?? now;
  // Two digests of one second would have one name.
  const end = Math.max(now, previous === undefined ? now : previous.end + 1000);
  const isQuiet = last < first && previous !== undefined && now - previous.end < hour;
  if (isQuiet) return false;
  const shown = events.filter(({ event }) => isShown(event, place.accountId, place.region));
  const logs: NewLog[] = [];
  for (let done = 0; done < shown.length; done += mostRecords) {
    const part = shown.slice(done, done + mostRecords);
    const records = await recordsOf(reader, place, part);
    const [from, to] = [part[0]?.sequence ?? 0, part.at(-1)?.sequence ?? 0];
    logs.push({ from, to, times: records.map(({ eventTime }) => eventTime), body: fileOf(records) });
  }
  await digests.add(place, previous, { start: Math.min(start, end), end }, Math.max(last, previous?.last ?? 0), logs);
  // Where another tab was faster, its digest is as good.
  return true;
}

/** All events from a sequence number on, oldest first. @throws StoreCorrupt where one is missing or is not genuine */
async function newEvents(reader: TrailReader, from: number) {
  const head = await reader.head();
  if (typeof head === 'string') throw broken();
  const first = Math.max(from, head.start.sequence);
  const events: NumberedEvent[] = [];
  if (head.sequence >= first)
    for await (const numbered of reader.events(head.sequence + 1)) {
      if (numbered.sequence < first) break;
      events.push(numbered);
    }
  events.reverse();
  if (events.length !== Math.max(0, head.sequence - first + 1)) throw broken();
  events.forEach(({ sequence }, i) => {
    if (sequence !== first + i) throw broken();
  });
  return { events, first, last: head.sequence };
}

const broken = (): StoreCorrupt =>
  new StoreCorrupt(
    'The trail is not whole, so no digest is signed over it. trail.verify() tells what is wrong with it.',
  );

/**
 * The file of a log that was digested before; undefined where retention has removed its records, or where they had another form then.
 * @throws StoreCorrupt
 */
async function bodyOf({ reader, place }: ExportParts, log: KeptLog): Promise<Bytes | undefined> {
  const { from, to, hash } = log;
  const head = await reader.head();
  if (typeof head === 'string') throw broken();
  if (from < head.start.sequence) return undefined;
  const events: NumberedEvent[] = [];
  for await (const numbered of reader.events(to + 1)) {
    if (numbered.sequence < from) break;
    if (isShown(numbered.event, place.accountId, place.region)) events.push(numbered);
  }
  const body = fileOf(await recordsOf(reader, place, events.reverse()));
  if (hexSha256(body) === hash) return body;
  if ((Object.hasOwn(log, 'form') ? log.form : 1) !== recordForm) return undefined;
  throw new StoreCorrupt(
    'Records that were digested are not what they were. trail.verify() tells what is wrong with them.',
  );
}

const recordsOf = (reader: TrailReader, { accountId }: TrailPlace, events: readonly NumberedEvent[]) =>
  Promise.all(events.map((numbered) => recordFor(reader, accountId, numbered)));

const fileOf = (Records: readonly CloudTrailRecord[]): Bytes => utf8(JSON.stringify({ Records }));
