// What `Trail` does. Each act asks for leave first: the trail is for administrators of the account.
import { lostHead } from '../keyring/trail/log.ts';
import type { TrailReader, TrailRow } from '../keyring/trail/reader.ts';
import { StoreCorrupt, ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import { firstOfId } from '../trail/chain.ts';
import type { TrailFile, TrailPublicKey } from '../trail/check-files.ts';
import { type LookupEventsInput, type LookupEventsOutput, readLookup } from '../trail/lookup.ts';
import type { TrailAnchor, TrailReport } from '../trail/report.ts';
import { verifyTrail } from '../trail/verify.ts';
import { authoriseInAccount } from './authorise.ts';
import type { Service } from './service.ts';
import type { TrailExportOptions } from './trail-export.ts';
import { lookupEvents } from './trail-lookup.ts';

type Place = Omit<Service, 'call'>;

const lastYear = Date.UTC(9999, 11, 31);

function read(service: Place, action: string): Promise<TrailReader> {
  authoriseInAccount(service, action);
  return service.keyring.readTrail();
}

export async function lookup(service: Place, input: LookupEventsInput): Promise<LookupEventsOutput> {
  const wanted = readLookup(input);
  return lookupEvents(await read(service, 'LookupEvents'), service.scope, wanted);
}

export async function verify(service: Place, options: { anchor?: TrailAnchor | undefined }): Promise<TrailReport> {
  const anchor = optionsReader(options, { anchor: true })('anchor');
  const isAnchor =
    anchor === undefined || (typeof anchor === 'object' && anchor !== null && typeof anchor.mac === 'string');
  if (!isAnchor) throw new ValidationException('anchor must be what trail.head() gave.');
  const reader = await read(service, 'VerifyTrail');
  for (;;) {
    const [trailHead, { id, since }] = [await reader.head(), await reader.keyring()];
    const rows = rowsUntil(trailHead, reader);
    const report = await verifyTrail({ trail: id, since, head: trailHead, rows }, anchor);
    // Where retention removed records meanwhile, their lack says nothing.
    if (report.isIntact || startOf(await reader.head()) === startOf(trailHead)) return report;
  }
}

type Head = Awaited<ReturnType<TrailReader['head']>>;

const sequenceOf = (head: Head): number => (typeof head === 'string' ? 0 : head.sequence);
const startOf = (head: Head): number => (typeof head === 'string' ? 0 : head.start.sequence);

/** The rows of a trail to which other tabs and processes write on: without those that came after the head was read. */
async function* rowsUntil(head: Head, reader: TrailReader): AsyncGenerator<TrailRow> {
  let latest = sequenceOf(head);
  for await (const row of reader.rows()) {
    const first = firstOfId(row.id) ?? 0;
    if (typeof head !== 'string' && first > head.sequence) {
      // A head is written with its rows: where the one of now reaches as far, nothing was set back.
      if (first > latest) latest = sequenceOf(await reader.head());
      if (first <= latest) continue;
    }
    yield row;
  }
}

export async function head(service: Place): Promise<TrailAnchor> {
  const reader = await read(service, 'GetTrailHead');
  const found = await reader.head();
  if (typeof found === 'string') throw new StoreCorrupt(lostHead);
  return { trail: (await reader.keyring()).id, sequence: found.sequence, mac: found.mac };
}

export async function* exportFiles(service: Place, options: TrailExportOptions): AsyncGenerator<TrailFile> {
  const { exportTrail, readExport } = await import('./trail-export.ts');
  const { place, since } = readExport(options, service.scope);
  const reader = await read(service, 'ExportTrail');
  const digests = await service.keyring.trailDigests();
  yield* exportTrail({ reader, digests, place, since, now: service.keyring.now });
}

export async function publicKeys({ keyring }: Place): Promise<{ PublicKeyList: TrailPublicKey[] }> {
  const keys = await (await keyring.trailDigests()).publicKeys();
  const { fingerprintOf } = await import('../trail/digest.ts');
  const PublicKeyList = keys.map(({ pkcs1, from, to }) => ({
    Value: pkcs1,
    Fingerprint: fingerprintOf(pkcs1),
    ValidityStartTime: new Date(from),
    ValidityEndTime: new Date(to ?? lastYear),
  }));
  return { PublicKeyList };
}
