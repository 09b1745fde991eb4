// Registers the service worker, and tells when the app no longer needs a network.

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const address = './sw.js';

/** @returns true once the app is installed for use without a network; false where it cannot be */
export async function registerOffline(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register(trusted());
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false;
  }
}

/** The one script address that this page may run, where the browser asks for a policy. */
function trusted(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return address;
  return trustedTypes.createPolicy('vault-worker', { createScriptURL: () => address }).createScriptURL(address);
}
