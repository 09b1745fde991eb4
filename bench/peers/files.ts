// The libraries that people encrypt files with in browsers, each as a pair of functions over whole messages or streams of bytes. None
// of them works on a KMS alone; keys and passphrases are given, and deriving keys from passphrases is left out.
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import * as openpgp from 'openpgp';
import type { BenchRuntime } from '../harness/suite.ts';
import { loadEsdkPeer } from './esdk.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Source = () => ReadableStream<Bytes>;

export interface FilePeer {
  readonly name: string;
  /** Whether it takes a stream. Others are given the bytes as a whole, and the longest message worth waiting for is shorter. */
  readonly isStreaming: boolean;
  encrypt(source: Source): Promise<unknown>;
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader();
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.length;
  return length;
}

const whole = async (source: Source): Promise<Bytes> => new Uint8Array(await new Response(source()).arrayBuffer());

export async function loadFilePeers(runtime: BenchRuntime): Promise<FilePeer[]> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
  const sessionKey = { data: crypto.getRandomValues(new Uint8Array(32)), algorithm: 'aes256', aeadAlgorithm: 'gcm' };
  const config = {
    aeadProtect: true,
    preferredAEADAlgorithm: openpgp.enums.aead.gcm,
    allowUnauthenticatedStream: false,
  };
  const peers: FilePeer[] = [
    {
      name: 'age-encryption',
      isStreaming: true,
      encrypt: async (source) => drain((await encrypter.encrypt(source())) as ReadableStream<Uint8Array>),
    },
    {
      name: 'openpgp, AEAD GCM',
      isStreaming: true,
      async encrypt(source) {
        const message = await openpgp.createMessage({ binary: source() as never });
        const sealed = await openpgp.encrypt({ message, sessionKey: sessionKey as never, format: 'binary', config });
        return drain(sealed as unknown as ReadableStream<Uint8Array>);
      },
    },
  ];
  const key = crypto.getRandomValues(new Uint8Array(32));
  // One-shot: its streams are for Node only.
  const aws = await loadEsdkPeer(runtime, { keyNamespace: 'bench', keyName: 'bench', key, suiteId: 0x0478 });
  peers.push({
    name: aws.name,
    isStreaming: false,
    encrypt: async (source) => aws.encrypt(await whole(source), { encryptionContext: {}, frameLength: 65_536 }),
  });
  return peers;
}
