// What HTTP alone costs, and HTTP with Signature Version 4: the server of `keyhaven serve`, in front of nothing.
// Started as a process of its own: node floor.mjs <http | sigv4> <credentials file>

import { readCredentials } from '../../../dist/host/serve/files.js';
import { startHttpServer } from '../../../dist/host/serve/http-server.js';
import { createFront } from '../../../dist/http/front.js';
import { readHandlerOptions } from '../../../dist/http/options.js';
import { credentialFinder } from '../../../dist/http/sigv4/credentials.js';
import { createVerifier } from '../../../dist/http/sigv4/verify.js';

const [kind, file = ''] = process.argv.slice(2);
const credentials = readCredentials(file);
const { verify } = createVerifier({
  findCredential: credentialFinder(credentials),
  clock: Date.now,
  toleranceMinutes: 60,
  hasRegion: () => true,
});
const reply = { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: '{}' };
const options = readHandlerOptions(() => undefined, { credentials });
// The endpoint of a service would come next; here the answer is made at once.
const front = createFront({ ...options }, async (request) => {
  if (kind === 'sigv4') await verify(request);
  return reply;
});
const { port } = await startHttpServer(0, front, console.error);
console.log(`listening on http://127.0.0.1:${port}`);
