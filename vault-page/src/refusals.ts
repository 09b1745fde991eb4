// What was refused before it became a call, such as an origin that is not listed: the trail of the keyring never sees it, so the
// page keeps the last of it itself. Floods are told of once a second at most, so writing is bounded.
const mark = 'vault-refusals';
const most = 100;

export interface KeptRefusal {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

export function keptRefusals(): readonly KeptRefusal[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(mark) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter((each) => typeof each?.at === 'number' && typeof each.text === 'string')
      : [];
  } catch {
    return [];
  }
}

export function keepRefusal(text: string, times: number): void {
  const line = { at: Date.now(), text: times > 1 ? `${text} · ${times} times` : text };
  try {
    localStorage.setItem(mark, JSON.stringify([line, ...keptRefusals()].slice(0, most)));
  } catch {
    // No room, or blocked: it is still in the list of this visit.
  }
}
