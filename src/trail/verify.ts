// Whether a trail is whole, and what happened to it where it is not. Rows that are genuine in their place are chained from the
// authenticated beginning to the authenticated head; what does not fit gets the name of what must have happened.
import { firstOfId, lastOf, type TrailGroup, type TrailHead } from './chain.ts';

/** What happened to records, or to the head. */
export type FindingKind =
  /** The bytes are not those that were written. */
  | 'edited'
  /** Records before others are gone. */
  | 'missing'
  /** Records lie in the place of others. */
  | 'reordered'
  /** There are records that were never written here. */
  | 'inserted'
  /** The newest records are gone. */
  | 'cut-off'
  /** Genuine, but of another history: of another trail, or of an older state of this one. */
  | 'replaced'
  /** The clock was set back before these records. No sign of tampering, but their times cannot be trusted. */
  | 'clock-set-back';

export interface Finding {
  readonly kind: FindingKind;
  /** Sequence numbers of the first and the last record that it concerns; null where it is the head. */
  readonly from: number | null;
  readonly to: number | null;
  readonly message: string;
}

/** What a caller keeps elsewhere, to know a trail that was set back to an older state as a whole. */
export interface TrailAnchor {
  /** Id of the trail: that of its keyring. */
  readonly trail: string;
  /** Number of records up to here, since the trail was begun. */
  readonly sequence: number;
  /** MAC of the last of them, 64 hex digits. */
  readonly mac: string;
}

export interface TrailReport {
  /** True where nothing was found but a clock that was set back, and where an anchor was given, it was confirmed. */
  readonly isIntact: boolean;
  readonly findings: readonly Finding[];
  /** Sequence number of the first record that is kept. Those before it went by retention. */
  readonly first: number;
  /** Sequence number of the last record; `first - 1` where there is none. */
  readonly last: number;
  /** `too-old`: retention has removed the record that it names. `none`: no anchor was given, or no trail was ever begun. */
  readonly anchor: 'confirmed' | 'refuted' | 'too-old' | 'none';
}

/** A row of the trail, and what of it is genuine. */
export interface ExaminedRow {
  readonly id: string;
  readonly mac: string;
  /** What was written here; undefined where the bytes were not. */
  readonly group: TrailGroup | undefined;
  /** What was written in another place. */
  readonly stray: TrailGroup | undefined;
  /** How many events the bytes say they hold, genuine or not. */
  readonly claimed: number | undefined;
}

export interface Evidence {
  readonly trail: string;
  /** When the trail was begun, as the keyring's own row remembers; null where it never was. */
  readonly since: number | null;
  readonly head: TrailHead | 'missing' | 'changed';
  readonly rows: AsyncIterable<ExaminedRow>;
}

/** Of a group, what the examination needs. */
interface Link {
  readonly first: number;
  readonly last: number;
  readonly mac: string;
  readonly previous: string;
  readonly time: number;
}

/** A row that is not genuine in its place. */
interface Odd {
  /** The place; undefined where the id is that of no group. */
  readonly place: number | undefined;
  /** Where it was written; undefined where it was written nowhere. */
  readonly origin: Link | undefined;
  /** How many records the bytes say they are. */
  readonly claimed: number | undefined;
  isExplained: boolean;
}

/** A clock may be corrected by as much as this without being called set back, in milliseconds. */
const tolerance = 2000;

export async function verifyTrail(evidence: Evidence, anchor: TrailAnchor | undefined): Promise<TrailReport> {
  const { head, since } = evidence;
  const { links, odd } = await sort(evidence.rows, typeof head === 'string' ? 0 : head.start.sequence);
  if (since === null && head === 'missing' && links.length === 0 && odd.length === 0)
    return report([], 1, 0, anchor === undefined ? 'none' : 'refuted');
  const findings = typeof head === 'string' ? headless(head, links, odd) : [];
  const ends = typeof head === 'string' ? endsOf(links) : head;
  if (isForeign(links, odd)) {
    findings.push(
      finding(
        'replaced',
        ends.start.sequence,
        ends.sequence,
        'No record is one of this trail: it was replaced by another.',
      ),
    );
    return report(findings, ends.start.sequence, ends.sequence, anchor === undefined ? 'none' : 'refuted');
  }
  if (ends.restartedAt !== null)
    findings.push(finding('replaced', null, null, 'The head was lost, and the trail begun anew, as its owner asked.'));
  findings.push(...walk(links, odd, ends), ...strange(odd, ends), ...setBacks(links));
  const verdict = anchor === undefined ? 'none' : judge(evidence.trail, ends, links, anchor, findings);
  return report(findings, ends.start.sequence, ends.sequence, verdict);
}

async function sort(rows: AsyncIterable<ExaminedRow>, start: number): Promise<{ links: Link[]; odd: Odd[] }> {
  const links: Link[] = [];
  const odd: Odd[] = [];
  for await (const { id, mac, group, stray, claimed } of rows) {
    const place = firstOfId(id);
    // What lies before the beginning was to be removed, and tells nothing any more.
    if (place !== undefined && place < start) continue;
    if (group !== undefined) links.push(linkOf(group, mac));
    else odd.push({ place, origin: stray && linkOf(stray, mac), claimed, isExplained: false });
  }
  return { links: links.reverse(), odd };
}

const linkOf = (group: TrailGroup, mac: string): Link => ({
  first: group.first,
  last: lastOf(group),
  mac,
  previous: group.previous,
  time: group.time,
});

const isForeign = (links: readonly Link[], odd: readonly Odd[]): boolean =>
  links.length === 0 && odd.length > 1 && odd.every(({ origin }) => origin === undefined);

function headless(head: 'missing' | 'changed', links: readonly Link[], odd: readonly Odd[]): Finding[] {
  if (head === 'missing')
    return [finding('missing', null, null, 'The head of the trail is gone, and what came last with it.')];
  return isForeign(links, odd) ? [] : [finding('edited', null, null, 'The head of the trail is not what was written.')];
}

/** Where a trail without a head begins and ends, as far as its rows tell. */
function endsOf(links: readonly Link[]): TrailHead {
  const [first, last] = [links[0], links.at(-1)];
  const start = { sequence: first?.first ?? 1, mac: first?.previous ?? '', time: first?.time ?? 0 };
  return { sequence: last?.last ?? 0, mac: last?.mac ?? '', time: last?.time ?? 0, start, restartedAt: null };
}

/** Follows the chain, and explains what is not where it should be. */
function walk(links: readonly Link[], odd: readonly Odd[], { start, sequence, mac }: TrailHead): Finding[] {
  const findings: Finding[] = [];
  let next = start.sequence;
  let previous: string | undefined = start.mac;
  for (const link of links) {
    if (link.first > next) {
      findings.push(...explain(next, Math.min(link.first - 1, sequence), odd, false));
      previous = undefined;
    }
    if (link.first > sequence) {
      findings.push(
        finding('replaced', link.first, link.last, 'These records are newer than the head: it was set back.'),
      );
      continue;
    }
    const isLinked = link.first >= next && (previous === undefined || previous === link.previous);
    if (!isLinked) findings.push(finding('replaced', link.first, link.last, 'These records are of another history.'));
    next = Math.max(next, link.last + 1);
    previous = link.mac;
  }
  if (next <= sequence) findings.push(...explain(next, sequence, odd, true));
  else if (previous !== undefined && links.length > 0 && next - 1 === sequence && previous !== mac)
    findings.push(
      finding('replaced', links.at(-1)?.first ?? null, sequence, 'The last records are not those that the head names.'),
    );
  return findings;
}

/** Names what happened to the records of a gap. */
function explain(from: number, to: number, odd: readonly Odd[], isTail: boolean): Finding[] {
  const findings: Finding[] = [];
  const isHere = (place: number | undefined): place is number => place !== undefined && place >= from && place <= to;
  const moved = odd
    .filter(({ origin }) => isHere(origin?.first))
    .map((each) => ({ each, at: each.origin?.first ?? 0 }));
  const origins = new Set(moved.map(({ at }) => at));
  const changed = odd
    .filter((each) => isHere(each.place) && !origins.has(each.place))
    .map((each) => ({ each, at: each.place ?? 0 }));
  const known = [
    ...moved.map((one) => ({ ...one, isMoved: true })),
    ...changed.map((one) => ({ ...one, isMoved: false })),
  ];
  known.sort((a, b) => a.at - b.at);
  let next = from;
  const lost = (end: number): void => {
    if (next > end) return;
    const isCut = isTail && end === to;
    findings.push(
      isCut
        ? finding('cut-off', next, end, 'The newest records are gone.')
        : finding('missing', next, end, 'Records are gone.'),
    );
  };
  for (const [index, { each, at, isMoved }] of known.entries()) {
    each.isExplained = true;
    if (at < next) continue;
    lost(at - 1);
    const most = (known[index + 1]?.at ?? to + 1) - 1;
    // Of edited records the bytes may still tell how many they were; else they reach as far as nothing else is known.
    const count = isMoved && each.origin ? each.origin.last - each.origin.first + 1 : (each.claimed ?? to);
    const end = Math.max(at, Math.min(most, to, at + count - 1));
    findings.push(
      isMoved
        ? finding('reordered', at, end, 'Records lie in another place than they were written to.')
        : finding('edited', at, end, 'Records are not what was written.'),
    );
    next = end + 1;
  }
  lost(to);
  return findings;
}

/** Rows that stand for no gap. */
function strange(odd: readonly Odd[], { sequence }: TrailHead): Finding[] {
  // The bytes in the place of a record that was found elsewhere belong to that exchange.
  return odd
    .filter(({ isExplained }) => !isExplained)
    .map(({ place }) => {
      const at = place ?? sequence + 1;
      return finding('inserted', at, at, 'There is a row that was never written here.');
    });
}

function setBacks(links: readonly Link[]): Finding[] {
  let latest = Number.NEGATIVE_INFINITY;
  const findings: Finding[] = [];
  for (const { first, last, time } of links) {
    if (time < latest - tolerance) {
      const seconds = Math.round((latest - time) / 1000);
      findings.push(finding('clock-set-back', first, last, `The clock was set back by ${seconds} s.`));
      // What follows is measured by the clock as it is now.
      latest = time;
    }
    latest = Math.max(latest, time);
  }
  return findings;
}

/** Holds the trail against what the caller kept. */
function judge(
  trail: string,
  head: TrailHead,
  links: readonly Link[],
  anchor: TrailAnchor,
  findings: Finding[],
): TrailReport['anchor'] {
  const { sequence, mac } = anchor;
  if (anchor.trail !== trail) {
    findings.push(finding('replaced', head.start.sequence, head.sequence, 'The anchor is one of another trail.'));
    return 'refuted';
  }
  if (sequence > head.sequence) {
    findings.push(finding('cut-off', head.sequence + 1, sequence, 'The trail was longer when the anchor was taken.'));
    return 'refuted';
  }
  if (sequence < head.start.sequence - 1) return 'too-old';
  const found =
    sequence === head.start.sequence - 1 ? head.start.mac : links.find(({ last }) => last === sequence)?.mac;
  if (found === mac) return 'confirmed';
  findings.push(
    finding('replaced', null, sequence, 'The records up to the anchor are not those that it was taken of.'),
  );
  return 'refuted';
}

const finding = (kind: FindingKind, from: number | null, to: number | null, message: string): Finding => ({
  kind,
  from,
  to,
  message,
});

function report(findings: readonly Finding[], first: number, last: number, anchor: TrailReport['anchor']): TrailReport {
  const isIntact = findings.every(({ kind }) => kind === 'clock-set-back') && anchor !== 'refuted';
  return { isIntact, findings, first, last, anchor };
}
