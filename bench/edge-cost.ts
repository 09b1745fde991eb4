// npm run bench -- edge-cost [--json FILE]: CPU of the template for Cloudflare for each operation, in workerd: door, keyring and trail
// together, without the proxy of `wrangler dev`. One request at a time; all operations take turns.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { onCloudflare } from '../test/examples/places.ts';
import { tenantCredentials } from '../test/support/example.ts';
import { median } from '../test/support/soak/memory.ts';
import { type Caller, callService, outcomeOf, signedBytes } from '../test/support/soak/traffic.ts';
import { WireConnection } from '../test/support/soak/wire-connection.ts';
import { cpuOf } from './harness/processes.ts';

interface Cost {
  readonly operation: string;
  /** CPU for one request, in milliseconds. */
  readonly ms: number;
}

type Make = (i: number) => readonly [operation: string, input: object];
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const rounds = 5;
const each = 60;
/** Making a pair of RSA takes a second now and then. */
const few = 5;

async function operationsOf(caller: Caller): Promise<Readonly<Record<string, Make>>> {
  const ask = (operation: string, input: object) => callService(caller, operation, input);
  const make = async (input: object): Promise<string> =>
    ((await ask('CreateKey', input))['KeyMetadata'] as { KeyId: string }).KeyId;
  const KeyId = await make({});
  const other = await make({});
  const pairs: Record<string, Record<string, string>> = {
    ECC_NIST_P256: { SigningAlgorithm: 'ECDSA_SHA_256' },
    ECC_NIST_EDWARDS25519: { SigningAlgorithm: 'ED25519_SHA_512' },
    ECC_SECG_P256K1: { SigningAlgorithm: 'ECDSA_SHA_256' },
    RSA_2048: { SigningAlgorithm: 'RSASSA_PSS_SHA_256' },
    ML_DSA_65: { SigningAlgorithm: 'ML_DSA_SHAKE_256' },
  };
  const hmac = await make({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const agreeing = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { PublicKey } = await ask('GetPublicKey', { KeyId: agreeing });
  const sealed = { KeyId, Plaintext: base64('x'.repeat(64)), EncryptionContext: { note: '17' } };
  const { CiphertextBlob } = await ask('Encrypt', sealed);
  const mac = { KeyId: hmac, Message: base64('x'), MacAlgorithm: 'HMAC_SHA_256' };
  const { Mac } = await ask('GenerateMac', mac);
  const signing: Record<string, Make> = {};
  for (const [KeySpec, algorithm] of Object.entries(pairs)) {
    const call = { KeyId: await make({ KeySpec, KeyUsage: 'SIGN_VERIFY' }), Message: base64('x'), ...algorithm };
    const { Signature } = await ask('Sign', call);
    signing[`Sign, ${KeySpec}`] = () => ['Sign', call];
    signing[`Verify, ${KeySpec}`] = () => ['Verify', { ...call, Signature }];
  }
  await ask('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId });
  return {
    Encrypt: () => ['Encrypt', sealed],
    'Encrypt, 4 KB': () => ['Encrypt', { KeyId, Plaintext: base64('x'.repeat(4096)) }],
    'Encrypt, by alias': () => ['Encrypt', { ...sealed, KeyId: 'alias/a' }],
    Decrypt: () => ['Decrypt', { CiphertextBlob, EncryptionContext: { note: '17' } }],
    ReEncrypt: () => [
      'ReEncrypt',
      { CiphertextBlob, SourceEncryptionContext: { note: '17' }, DestinationKeyId: other },
    ],
    GenerateDataKey: () => ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
    GenerateDataKeyWithoutPlaintext: () => ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
    'GenerateDataKeyPair, P-256': () => ['GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' }],
    GenerateMac: () => ['GenerateMac', mac],
    VerifyMac: () => ['VerifyMac', { ...mac, Mac }],
    ...signing,
    DeriveSharedSecret: () => ['DeriveSharedSecret', { KeyId: agreeing, KeyAgreementAlgorithm: 'ECDH', PublicKey }],
    GenerateRandom: () => ['GenerateRandom', { NumberOfBytes: 32 }],
    DescribeKey: () => ['DescribeKey', { KeyId }],
    GetKeyPolicy: () => ['GetKeyPolicy', { KeyId }],
    ListKeys: () => ['ListKeys', {}],
    ListAliases: () => ['ListAliases', {}],
    UpdateKeyDescription: (i) => ['UpdateKeyDescription', { KeyId, Description: `${i}` }],
    CreateGrant: (i) => [
      'CreateGrant',
      { KeyId, GranteePrincipal: `arn:aws:iam::111111111111:user/${i}`, Operations: ['Decrypt'] },
    ],
    CreateKey: (i) => ['CreateKey', { Description: `${i}` }],
    'CreateKey, P-256': (i) => [
      'CreateKey',
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: `${i}` },
    ],
    'CreateKey, RSA 2048': (i) => ['CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Description: `${i}` }],
    RotateKeyOnDemand: () => ['RotateKeyOnDemand', { KeyId: other }],
  };
}

export async function benchEdgeCost(json: string | undefined): Promise<void> {
  const service = await onCloudflare(tenantCredentials, true);
  const found = new Map<string, number[]>();
  try {
    const running = await service.start();
    const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
    const caller = { url: running.url, accessKeyId, secretAccessKey };
    const operations = await operationsOf(caller);
    const connection = new WireConnection(Number(new URL(running.url).port));
    let number = 0;
    for (let round = 0; round < rounds; round++)
      for (const [name, make] of Object.entries(operations)) {
        // A key is rotated 25 times in its life.
        const count = /RSA 2048|Rotate/.test(name) ? few : each;
        const requests = Array.from({ length: count }, () => {
          const [operation, input] = make(++number);
          return signedBytes(caller, operation, input, { headers: { 'x-amz-meta-call': `${number}` } });
        });
        const before = cpuOf(running.pid, 'workerd');
        for (const bytes of requests) {
          const outcome = await outcomeOf(connection, { bytes });
          if (outcome !== '200') throw new Error(`${name}: ${outcome}`);
        }
        // What is written behind the answers counts too.
        await new Promise((resolve) => setTimeout(resolve, 150));
        const ms = (1000 * (cpuOf(running.pid, 'workerd') - before)) / count;
        // The first round warms up.
        if (round > 0) found.set(name, [...(found.get(name) ?? []), ms]);
      }
    connection.close();
    await running.stop();
  } finally {
    await service.remove();
  }
  const rows: Cost[] = [...found].map(([operation, values]) => ({ operation, ms: median(values) }));
  for (const { operation, ms } of rows) console.log(`${operation.padEnd(36)} ${ms.toFixed(1).padStart(6)} ms`);
  if (json === undefined) return;
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(json, `${JSON.stringify({ suite: 'edge-cost', machine, date, rows }, undefined, 1)}\n`);
}
