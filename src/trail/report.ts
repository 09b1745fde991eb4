// What a verification of the trail says: findings, each with the name of what must have happened, and where they leave the whole.

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

export const finding = (kind: FindingKind, from: number | null, to: number | null, message: string): Finding => ({
  kind,
  from,
  to,
  message,
});
