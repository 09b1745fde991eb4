// Who calls during a soak: clients with keys of their own, and all that a service on a network gets beside them.
import { randomUUID } from 'node:crypto';
import { sign, type ToSign } from '../signer.ts';
import { requestBytes, type WireConnection } from './wire-connection.ts';

export interface Caller {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A request, and what must come back: 200, or the name of an error. */
export interface Attempt {
  readonly bytes: Buffer;
  readonly expected: readonly string[];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function signedBytes(caller: Caller, operation: string, input: object | string, more: ToSign = {}): Buffer {
  const { url, accessKeyId, secretAccessKey } = caller;
  const body = typeof input === 'string' ? input : JSON.stringify(input);
  const { headers } = sign({ url: `${url}/`, accessKeyId, secretAccessKey, operation, body, ...more });
  return requestBytes(headers, body);
}

/** Keys to call with. */
export interface Keys {
  readonly symmetric: readonly string[];
  readonly hmac: string;
  readonly pair: string;
  readonly ciphertext: string;
}

/** Makes a call. @throws Error for any answer but 200 */
export async function callService(caller: Caller, operation: string, input: object): Promise<Record<string, unknown>> {
  const { url, accessKeyId, secretAccessKey } = caller;
  const body = JSON.stringify(input);
  // Two equal changes in one second would be a replay.
  const headers = { 'x-amz-meta-call': randomUUID() };
  const signed = sign({ url: `${url}/`, accessKeyId, secretAccessKey, operation, body, headers });
  const response = await fetch(`${url}/`, { method: 'POST', headers: signed.headers, body });
  const reply = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(JSON.stringify(reply));
  return reply;
}

export async function makeKeys(caller: Caller): Promise<Keys> {
  const make = async (input: object): Promise<string> =>
    ((await callService(caller, 'CreateKey', input))['KeyMetadata'] as { KeyId: string }).KeyId;
  const symmetric: string[] = [];
  for (let i = 0; i < 20; i++) symmetric.push(await make({ Description: `${i}` }));
  const hmac = await make({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const pair = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const { CiphertextBlob } = await callService(caller, 'Encrypt', {
    KeyId: symmetric[0],
    Plaintext: base64('meet at nine'),
  });
  return { symmetric, hmac, pair, ciphertext: CiphertextBlob as string };
}

/** What an honest client sends as its call number `i`: uses of keys, and one change in a hundred calls. */
export function honestRequest(caller: Caller, keys: Keys, i: number): { bytes: Buffer; isChange: boolean } {
  const KeyId = keys.symmetric[i % keys.symmetric.length] as string;
  const at = i % 100;
  const Message = base64(`message ${i}`);
  const [operation, input] =
    at < 40
      ? ['Encrypt', { KeyId, Plaintext: Message }]
      : at < 70
        ? ['Decrypt', { CiphertextBlob: keys.ciphertext }]
        : at < 85
          ? ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }]
          : at < 90
            ? ['Sign', { KeyId: keys.pair, Message, SigningAlgorithm: 'ECDSA_SHA_256' }]
            : at < 95
              ? ['GenerateMac', { KeyId: keys.hmac, Message, MacAlgorithm: 'HMAC_SHA_256' }]
              : at < 99
                ? ['DescribeKey', { KeyId }]
                : ['UpdateKeyDescription', { KeyId, Description: `changed by call ${i}` }];
  return { bytes: signedBytes(caller, operation as string, input as object), isChange: at === 99 };
}

/** What is refused, by kind. @param captured a change that was accepted a moment ago, as it was sent */
export const hostileRequests: Readonly<Record<string, (caller: Caller, captured: Buffer) => Attempt>> = {
  unsigned: ({ url }) => ({
    bytes: requestBytes({ host: new URL(url).host, 'x-amz-target': 'TrentService.ListKeys' }, '{}'),
    expected: ['MissingAuthenticationTokenException'],
  }),
  'unknown access key': (caller) => ({
    bytes: signedBytes({ ...caller, accessKeyId: 'AKIDNOBODY' }, 'ListKeys', {}),
    expected: ['UnrecognizedClientException'],
  }),
  'forged signature': (caller) => ({
    bytes: signedBytes({ ...caller, secretAccessKey: 'guessed' }, 'ListKeys', {}),
    expected: ['InvalidSignatureException'],
  }),
  'stolen signature, too old': (caller) => ({
    bytes: signedBytes(caller, 'ListKeys', {}, { time: Date.now() - 10 * 60_000 }),
    expected: ['InvalidSignatureException'],
  }),
  'replayed change': (_, captured) => ({ bytes: captured, expected: ['InvalidSignatureException'] }),
  'broken JSON': (caller) => ({
    bytes: signedBytes(caller, 'Encrypt', '{"KeyId":'),
    expected: ['SerializationException'],
  }),
  'broken ciphertext': (caller) => ({
    bytes: signedBytes(caller, 'Decrypt', { CiphertextBlob: base64('x'.repeat(100)) }),
    expected: ['InvalidCiphertextException'],
  }),
  'no HTTP': () => ({ bytes: Buffer.from('\x16\x03\x01\x02\x00\x01\r\n\r\n'), expected: ['400', 'hung up'] }),
  'oversized body': (caller) => ({
    bytes: signedBytes(caller, 'Encrypt', `"${'x'.repeat(2 << 20)}"`),
    // Whether the answer arrives before the connection breaks is for the network to say.
    expected: ['RequestEntityTooLargeException', 'hung up'],
  }),
};

export const hostileKinds: readonly string[] = Object.keys(hostileRequests);

/** Sends an attempt, and says what came back in the words of `expected`. */
export async function outcomeOf(connection: WireConnection, { bytes }: Pick<Attempt, 'bytes'>): Promise<string> {
  const { status, error } = await connection.ask(bytes);
  return error || (status === 0 ? 'hung up' : String(status));
}
