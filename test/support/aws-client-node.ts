// `@aws-crypto/client-node`, loaded so that all of its parts share one copy of what they have in common. Beside client-browser, whose
// parts are a version behind, npm gives each part a copy of its own, and the classes of one copy refuse those of another.
import Module, { createRequire } from 'node:module';

type Client = typeof import('@aws-crypto/client-node');

const require = createRequire(import.meta.url);
/** Which part's copy all parts take. */
const homes: Readonly<Record<string, string>> = {
  '@aws-crypto/material-management': '@aws-crypto/material-management-node',
  '@aws-crypto/serialize': '@aws-crypto/material-management-node',
  '@aws-crypto/raw-keyring': '@aws-crypto/raw-aes-keyring-node',
};

interface Resolver {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

let client: Client | undefined;

export function loadClientNode(): Client {
  if (client !== undefined) return client;
  const places = new Map(
    Object.entries(homes).map(([part, home]) => [part, createRequire(require.resolve(home)).resolve(part)]),
  );
  const resolver = Module as unknown as Resolver;
  const original = resolver._resolveFilename;
  resolver._resolveFilename = function (request, ...rest) {
    return places.get(request) ?? original.call(this, request, ...rest);
  };
  try {
    client = require('@aws-crypto/client-node') as Client;
  } finally {
    resolver._resolveFilename = original;
  }
  return client;
}
