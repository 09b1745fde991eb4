// Follows the chain from the authenticated beginning to the authenticated head. What does not fit gets the name of what must have
// happened: a gap is explained by the rows that lie in its place, or that were written there and lie elsewhere.
import type { TrailHead } from './chain.ts';
import { type Finding, finding } from './report.ts';

/** Of a group, what the examination needs. */
export interface Link {
  readonly first: number;
  readonly last: number;
  readonly mac: string;
  readonly previous: string;
  readonly time: number;
}

/** A row that is not genuine in its place. */
export interface Odd {
  /** The place; undefined where the id is that of no group. */
  readonly place: number | undefined;
  /** Where it was written; undefined where it was written nowhere. */
  readonly origin: Link | undefined;
  /** How many records the bytes say they are. */
  readonly claimed: number | undefined;
  isExplained: boolean;
}

/** @returns what is wrong with the chain, in its order, and then the rows that stand for no gap in it */
export function walkChain(links: readonly Link[], odd: readonly Odd[], head: TrailHead): Finding[] {
  const findings = walk(links, odd, head);
  // Second, because the walk notes which rows explain something.
  return [...findings, ...strange(odd, head)];
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
