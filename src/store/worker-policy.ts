// Workers under Trusted Types: where a page requires them, the policy `keyhaven-worker` lets the addresses of this library's own
// workers pass, one at a time, and nothing else.

interface Policy {
  /** A trusted address, which the constructor of Worker takes in place of a URL. */
  createScriptURL(url: string): URL;
}
interface Globals {
  readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy };
}

let policy: Policy | undefined;
let ours = '';

/**
 * The constructor of workers whose address passes. It is to be called on the address of a file beside the caller.
 * @throws TypeError where the page's policy does not name `keyhaven-worker`
 */
export function trusting<T extends new (url: URL, options: { type: 'module' }) => object>(Worker: T): T {
  const { trustedTypes } = globalThis as Globals;
  if (trustedTypes === undefined) return Worker;
  policy ??= trustedTypes.createPolicy('keyhaven-worker', {
    createScriptURL(given) {
      if (given !== ours) throw new TypeError(`${given} is not a worker of this library.`);
      return given;
    },
  });
  const { createScriptURL } = policy;
  const trusted = (url: URL): URL => {
    ours = url.href;
    return createScriptURL.call(policy, url.href);
  };
  return new Proxy(Worker, { construct: (Native, [url, options]) => new Native(trusted(url as URL), options) });
}
