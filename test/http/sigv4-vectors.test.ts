// The AWS signing test suite, and requests as the AWS SDK signs them.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type CredentialScope, canonicalRequest, hexSha256, stringToSign } from '../../src/http/sigv4/canonical.ts';
import { SigningKeys } from '../../src/http/sigv4/signing-keys.ts';
import { createVerifier } from '../../src/http/sigv4/verify.ts';
import { collectHeaders } from '../../src/http/wire.ts';
import { toHex, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';

interface Signed {
  canonicalRequest: string;
  stringToSign: string;
  signature: string;
  signedRequest: string;
}
interface Vectors {
  secretAccessKey: string;
  cases: {
    id: string;
    context: { region: string; service: string; normalize: boolean; timestamp: string; sign_body?: boolean };
    header: Signed;
    query?: Signed;
  }[];
  kmsRequests: { method: string; path: string; headers: Record<string, string>; body: string }[];
}

const load = () => sharedVectors<Vectors>('sigv4/sigv4.json');

/** An HTTP/1.1 request in text, with folded header lines unfolded. */
function parseRequest(text: string) {
  const mark = text.indexOf('\n\n');
  const [head, body] = mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 2)];
  const [first = '', ...lines] = head
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .filter((line) => line !== '');
  const method = first.slice(0, first.indexOf(' '));
  const target = first.slice(first.indexOf(' ') + 1, first.lastIndexOf(' '));
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const);
  return { method, target, headers: collectHeaders(pairs), body: utf8(body) };
}

describe('the AWS signing test suite', () => {
  for (const form of ['header', 'query'] as const) {
    test(`gives canonical request, string to sign and signature of its ${form} form`, async ({ skip }) => {
      const { cases, secretAccessKey } = (await load()) ?? skip(vectorsAreAbsent);
      assert.isAtLeast(cases.length, 19);
      const keys = new SigningKeys();
      for (const { id, context, ...forms } of cases) {
        const expected = forms[form];
        if (!expected) continue;
        const request = parseRequest(expected.signedRequest);
        const lines = expected.canonicalRequest.split('\n');
        const signedHeaders = (lines.at(-2) ?? '').split(';');
        if (context.normalize) {
          const canonical = canonicalRequest(request, signedHeaders, hexSha256(request.body));
          assert.equal(canonical, expected.canonicalRequest, id);
        }
        const dateTime = context.timestamp.replace(/[-:]/g, '');
        const scope: CredentialScope = {
          date: dateTime.slice(0, 8),
          region: context.region,
          service: context.service,
        };
        const text = stringToSign(dateTime, scope, expected.canonicalRequest);
        assert.equal(text, expected.stringToSign, id);
        const credential = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey, principalArn: '' };
        assert.equal(toHex(keys.sign(credential, scope, text)), expected.signature, id);
      }
    });
  }
});

describe('requests of the AWS SDK', () => {
  test('verify, and stop to when anything is changed', async ({ skip }) => {
    const { kmsRequests, secretAccessKey } = (await load()) ?? skip(vectorsAreAbsent);
    assert.isAtLeast(kmsRequests.length, 8);
    for (const { method, path, headers, body } of kmsRequests) {
      const time = headers['x-amz-date'] as string;
      const now = Date.parse(
        time.replace(
          /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
          (_, y, mo, d, h, mi, s) => `${y}-${mo}-${d}T${h}:${mi}:${s}Z`,
        ),
      );
      const accessKeyId = /Credential=([^/]+)/.exec(headers['authorization'] as string)?.[1] as string;
      const credential = {
        accessKeyId,
        secretAccessKey,
        sessionToken: headers['x-amz-security-token'],
        principalArn: 'arn:aws:iam::000000000000:root',
      };
      const { verify } = createVerifier({
        findCredential: () => credential,
        clock: () => now + 1000,
        toleranceMinutes: 5,
        hasRegion: () => true,
      });
      const request = { method, target: path, headers: collectHeaders(Object.entries(headers)), body: utf8(body) };
      assert.equal((await verify(request)).credential.accessKeyId, accessKeyId);
      await assertFails(verify({ ...request, body: utf8(`${body} `) }), 'InvalidSignatureException');
      await assertFails(verify({ ...request, target: '/x' }), 'InvalidSignatureException');
      const signedHeaders = /SignedHeaders=([^,]+)/.exec(headers['authorization'] as string)?.[1]?.split(';') ?? [];
      assert.isAtLeast(signedHeaders.length, 4);
      for (const name of signedHeaders) {
        if (name === 'x-amz-date' || name === 'x-amz-security-token') continue;
        const changed = collectHeaders(Object.entries({ ...headers, [name]: `${headers[name]}x` }));
        await assertFails(verify({ ...request, headers: changed }), 'InvalidSignatureException');
      }
    }
  });
});
