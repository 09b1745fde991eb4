// What HTTP alone costs, HTTP with Signature Version 4, and both with JSON: the server of `keyhaven serve`, in front of nothing.
// Started as a process of its own: node floor.mjs <http | sigv4 | json> <credentials file>

import { readCredentials } from '../../../dist/host/serve/files.js';
import { startHttpServer } from '../../../dist/host/serve/http-server.js';
import { createFront } from '../../../dist/http/front.js';
import { decodeRequest, encodeReply } from '../../../dist/http/json.js';
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
// Replies of the sizes that the operations give for 1 KB.
const KeyId = `arn:aws:kms:us-east-1:000000000000:key/${'0'.repeat(36)}`;
const KeyMaterialId = '0'.repeat(64);
const replies = {
  Encrypt: { CiphertextBlob: new Uint8Array(1145), KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  Decrypt: { Plaintext: new Uint8Array(1024), KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT', KeyMaterialId },
  GenerateDataKey: { CiphertextBlob: new Uint8Array(153), Plaintext: new Uint8Array(32), KeyId, KeyMaterialId },
  Sign: { Signature: new Uint8Array(71), KeyId, SigningAlgorithm: 'ECDSA_SHA_256' },
};
const operationOf = (request) => request.headers.get('x-amz-target')[0].slice('TrentService.'.length);
const options = readHandlerOptions(() => undefined, { credentials });
// The endpoint of a service would come next; here the answer is made at once.
const front = createFront({ ...options }, async (request) => {
  if (kind !== 'http') await verify(request);
  if (kind !== 'json') return reply;
  decodeRequest(request.body);
  return { ...reply, body: encodeReply(replies[operationOf(request)]) };
});
const { port } = await startHttpServer(0, front, console.error);
console.log(`listening on http://127.0.0.1:${port}`);
