// One administrator who calls a service over HTTP, for tests of what is answered to the letter.
import { assert } from 'chai';
import { createHandler } from '../../src/http/index.ts';
import { memoryStore, openKms } from '../../src/index.ts';
import { TestClock } from './kms.ts';
import { signedRequest, testCredential } from './signer.ts';

export type Reply = Record<string, unknown>;

export const home = 'arn:aws:kms:us-east-1:000000000000:';

/** What an error has on the wire. */
export const error = (name: string, message?: string): Reply => ({
  __type: name,
  ...(message === undefined ? {} : { message }),
});

/** An error of the model's constraints. @param subject as in `Value 'FOO' at 'keySpec'` */
export const invalid = (subject: string, constraint: string): Reply =>
  error(
    'ValidationException',
    `1 validation error detected: ${subject} failed to satisfy constraint: Member must ${constraint}`,
  );

export async function openWire() {
  const clock = new TestClock();
  const kms = await openKms({ store: memoryStore(), clock: clock.read });
  const handler = createHandler((scope) => kms.at(scope), { credentials: [testCredential] });

  async function send(operation: string, input: object, region = 'us-east-1') {
    // Each call has a header of its own: two equal ones within a second would be a replay.
    const headers = { 'amz-sdk-invocation-id': crypto.randomUUID() };
    const body = JSON.stringify(input);
    const response = await handler(signedRequest({ operation, body, region, headers, ...testCredential }));
    return { status: response.status, body: JSON.parse((await response.text()) || '{}') as Reply };
  }

  /** A call that succeeds. */
  async function ok(operation: string, input: object, region?: string): Promise<Reply> {
    const { status, body } = await send(operation, input, region);
    assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
    return body;
  }

  /** A call that fails with these members and no others. */
  async function fails(operation: string, input: object, expected: Reply, region?: string): Promise<void> {
    const { status, body } = await send(operation, input, region);
    assert.deepEqual(body, expected, operation);
    assert.equal(status, 400, operation);
  }

  /** Makes a key. @returns its ARN */
  async function newKey(input: object = {}): Promise<string> {
    return ((await ok('CreateKey', input))['KeyMetadata'] as { Arn: string }).Arn;
  }

  return { clock, send, ok, fails, newKey };
}
