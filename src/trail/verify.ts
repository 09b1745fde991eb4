// Whether a trail is whole: its rows as the store has them, its head, its times, and the anchor that its owner kept, put together to
// one report. Rows that are genuine in their place are the links of a chain; chain-walk.ts follows it.
import { firstOfId, lastOf, type TrailGroup, type TrailHead } from './chain.ts';
import { type Link, type Odd, walkChain } from './chain-walk.ts';
import { type Finding, finding, type TrailAnchor, type TrailReport } from './report.ts';

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
  findings.push(...walkChain(links, odd, ends), ...setBacks(links));
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

function report(findings: readonly Finding[], first: number, last: number, anchor: TrailReport['anchor']): TrailReport {
  const isIntact = findings.every(({ kind }) => kind === 'clock-set-back') && anchor !== 'refuted';
  return { isIntact, findings, first, last, anchor };
}
