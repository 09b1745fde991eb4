// Signs requests as a client would, with nothing of the library but its hash functions: for requests that no SDK would send.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from './bytes.ts';

export interface ToSign {
  url?: string;
  method?: string;
  body?: string;
  operation?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  time?: number;
  region?: string;
  service?: string;
  /** Added, or left out (undefined), after the usual ones and before signing. */
  headers?: Record<string, string | undefined>;
  /** Not among the signed headers. */
  unsigned?: string[];
}

export const testCredential = {
  accessKeyId: 'AKIDTESTS',
  secretAccessKey: 'secret of the tests',
  principalArn: 'arn:aws:iam::000000000000:user/tests',
  administrator: true,
} as const;

export const basicTime = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
const hash = (text: string): string => toHex(sha256(utf8(text)));

export function sign(options: ToSign = {}): {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string;
} {
  const {
    url = 'https://kms.test/',
    method = 'POST',
    body = '{}',
    operation = 'ListKeys',
    time = Date.now(),
  } = options;
  const { accessKeyId = testCredential.accessKeyId, secretAccessKey = testCredential.secretAccessKey } = options;
  const { region = 'us-east-1', service = 'kms', unsigned = [] } = options;
  const given: Record<string, string | undefined> = {
    'content-type': 'application/x-amz-json-1.1',
    host: new URL(url).host,
    'x-amz-date': basicTime(time),
    'x-amz-target': `TrentService.${operation}`,
    ...options.headers,
  };
  const headers = Object.fromEntries(
    Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const signed = Object.keys(headers)
    .filter((name) => !unsigned.includes(name))
    .sort();
  const canonical = [
    method,
    '/',
    '',
    ...signed.map((name) => `${name}:${headers[name]}`),
    '',
    signed.join(';'),
    hash(body),
  ].join('\n');
  const date = basicTime(time).slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'] ?? basicTime(time), scope, hash(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Uint8Array>(
    (mac, part) => hmac(sha256, mac, utf8(part)),
    utf8(`AWS4${secretAccessKey}`),
  );
  const signature = toHex(hmac(sha256, key, utf8(text)));
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  return { url, method, body, headers: { ...headers, authorization } };
}

/** As a Request; browsers take `host` from the address themselves. */
export function signedRequest(
  options: ToSign = {},
  change: (headers: Record<string, string>) => void = () => {},
): Request {
  const { url, method, headers, body } = sign(options);
  change(headers);
  return new Request(url, { method, headers, ...(method === 'GET' || method === 'HEAD' ? {} : { body }) });
}
