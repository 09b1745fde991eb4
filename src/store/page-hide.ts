// When a page may be about to end: it was hidden, or is being left. Browsers promise no later moment. Elsewhere there is no such
// thing, and nothing happens.

/** Calls back whenever the page is hidden or left, for as long as `target` is in use elsewhere. */
export function onPageHide<T extends object>(target: T, callback: (target: T) => void): void {
  const { document } = globalThis as { document?: Document };
  if (typeof document?.addEventListener !== 'function') return;
  // A page that opens many would otherwise keep them all.
  const reference = new WeakRef(target);
  const listener = (event: Event): void => {
    const live = reference.deref();
    if (live === undefined) {
      document.removeEventListener('visibilitychange', listener);
      globalThis.removeEventListener('pagehide', listener);
    } else if (event.type === 'pagehide' || document.visibilityState === 'hidden') callback(live);
  };
  document.addEventListener('visibilitychange', listener);
  globalThis.addEventListener('pagehide', listener);
}
