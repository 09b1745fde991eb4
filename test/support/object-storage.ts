// Stands in for the storage service S3: PutObject and GetObject with user metadata and ranges, as HTTP. It keeps what it was sent,
// and encodes metadata that are not ASCII as S3 does.
export type Bytes = Uint8Array<ArrayBuffer>;

export interface StorageRequest {
  readonly method: string;
  /** `/<bucket>/<key>?x-id=<operation>`. */
  readonly path: string;
  /** Names in lower case; values as HTTP gives them, a character for each byte. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes;
}

export interface StorageReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Bytes;
}

export interface StoredThing {
  body: Bytes;
  metadata: Record<string, string>;
}

export class ObjectStorage {
  readonly objects: Map<string, StoredThing> = new Map();
  readonly requests: string[] = [];

  answer({ method, path: target, headers, body }: StorageRequest): StorageReply {
    this.requests.push(`${method} ${target}${headers['range'] ? ` ${headers['range']}` : ''}`);
    const path = target.split('?')[0] as string;
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && this.objects.has(path)) return failed(412, 'PreconditionFailed');
      const stored = headers['content-encoding']?.includes('aws-chunked') ? unchunk(body) : body;
      this.objects.set(path, { body: stored, metadata: userMetadata(headers) });
      return { status: 200, headers: { etag: '"etag"' }, body: new Uint8Array(0) };
    }
    const found = this.objects.get(path);
    if (found === undefined) return failed(404, 'NoSuchKey');
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '');
    if (range === null) return { status: 200, headers: replyHeaders(found, found.body), body: found.body };
    const first = Number(range[1]);
    const last = Math.min(range[2] ? Number(range[2]) : Infinity, found.body.length - 1);
    if (first > last) return failed(416, 'InvalidRange');
    const part = found.body.slice(first, last + 1);
    const place = { 'content-range': `bytes ${first}-${last}/${found.body.length}` };
    return { status: 206, headers: { ...replyHeaders(found, part), ...place }, body: part };
  }
}

function userMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  return Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), encodeMetadata(value)]));
}

/** S3 takes each byte for a character, and answers them as UTF-8 in an encoded word. */
function encodeMetadata(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  return `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}?=`;
}

const replyHeaders = ({ metadata }: StoredThing, body: Bytes): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'content-length': String(body.length),
  ...metadata,
});

function failed(status: number, code: string): StorageReply {
  const body = new TextEncoder().encode(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  );
  return { status, headers: { 'content-type': 'application/xml', 'content-length': String(body.length) }, body };
}

/** Takes the framing of `aws-chunked` off: a length in hex, the bytes, and a trailer behind the last one. */
function unchunk(body: Bytes): Bytes {
  const parts: number[] = [];
  const text = (start: number, end: number) => String.fromCharCode(...body.subarray(start, end));
  for (let at = 0; ; ) {
    const end = body.indexOf(13, at);
    const length = Number.parseInt(text(at, end), 16);
    if (!(length > 0)) return Uint8Array.from(parts);
    for (const byte of body.subarray(end + 2, end + 2 + length)) parts.push(byte);
    at = end + 2 + length + 2;
  }
}
