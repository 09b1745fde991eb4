// localStorage, where there is one: it is missing in workers, and reading the global throws where cookies are blocked. It is the only
// storage of a page that has taken what it is given when the call returns.

export function localItem(name: string): string | undefined {
  try {
    return globalThis.localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Nothing is set where it is missing or full. */
export function setLocalItem(name: string, text: string): void {
  try {
    globalThis.localStorage.setItem(name, text);
  } catch {
    // See above.
  }
}

export function removeLocalItem(name: string): void {
  try {
    globalThis.localStorage.removeItem(name);
  } catch {
    // See above.
  }
}

/** The names of all items that begin so. */
export function localItemNames(prefix: string): string[] {
  const names: string[] = [];
  try {
    const { localStorage } = globalThis;
    for (let i = 0; i < localStorage.length; i++) names.push(localStorage.key(i) ?? '');
  } catch {
    // See above.
  }
  return names.filter((name) => name.startsWith(prefix));
}
