// An independent peer of a conversation, written from docs/formats.md and RFC 9180 with the noble packages, and not from src/: once it is
// the old device, and once the new one.
import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { addDevice, type Channel, type Comparison, offerDevice, type Side } from '../../src/devices/index.ts';
import { type Bytes, fromHex, random, toHex, utf8 } from '../support/bytes.ts';
import { deriveSecretKey, publicKeyOf, type ReferenceContext, setUpRecipient, setUpSender } from '../support/hpke.ts';
import { newKey } from '../support/kms.ts';
import { newOld, newYoung, Post, recoverable } from './support.ts';

const concat = (...parts: readonly Uint8Array[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
const hash = (...parts: readonly Uint8Array[]): Bytes => new Uint8Array(sha256(concat(...parts)));
const info = utf8('keyhaven/v1/pairing-hpke');

/** One side of a mailbox. */
class Peer {
  readonly symbols: Bytes;
  readonly #key: Uint8Array;
  readonly #channel: Channel;
  readonly #side: Side;
  #sent = 0;
  #received = 0;

  constructor(post: Post, code: string, side: Side) {
    this.symbols = utf8(code.replaceAll('-', '').slice(0, 12));
    const derive = (label: string) => hkdf(sha256, this.symbols, undefined, utf8(`keyhaven/v1/${label}`), 32);
    this.#key = derive('pairing-envelope');
    this.#channel = post.open(toHex(derive('pairing-mailbox').slice(0, 16)), side);
    this.#side = side;
  }

  async send(kind: number, body: Bytes): Promise<Bytes> {
    const [nonce, label] = [random(12), `keyhaven/v1/pairing-message\0${this.#side}\0${this.#sent++}`];
    const sealed = gcm(this.#key, nonce, utf8(label)).encrypt(concat(Uint8Array.of(kind), body));
    await this.#channel.send(concat(Uint8Array.of(0xd3, 1), nonce, sealed));
    return body;
  }

  async receive(kind: number): Promise<Bytes> {
    const message = await this.#channel.receive(new AbortController().signal);
    const label = `keyhaven/v1/pairing-message\0${this.#side === 'offer' ? 'add' : 'offer'}\0${this.#received++}`;
    const opened = gcm(this.#key, message.slice(2, 14), utf8(label)).decrypt(message.slice(14));
    assert.deepEqual([message[0], message[1], opened[0]], [0xd3, 1, kind]);
    return new Uint8Array(opened.slice(1));
  }

  commitment = (nonce: Bytes, hello: Bytes, publicKey: Bytes): Bytes =>
    hash(utf8('keyhaven/v1/pairing-commitment\0'), nonce, hash(hello), publicKey);

  transcript(...bodies: readonly Bytes[]): Bytes {
    const length = ({ length }: Bytes) => Uint8Array.of(length >> 24, length >> 16, length >> 8, length);
    const parts = [this.symbols, ...bodies].flatMap((body) => [length(body), body]);
    return hash(utf8('keyhaven/v1/pairing-transcript\0'), ...parts);
  }
}

function numberOf(transcript: Bytes): string {
  const head = toHex(hash(utf8('keyhaven/v1/pairing-number\0'), transcript).slice(0, 8));
  return (BigInt(`0x${head}`) % 10_000_000n).toString().padStart(7, '0');
}

const bound = (transcript: Bytes, kind: number): Bytes =>
  concat(utf8('keyhaven/v1/pairing\0'), transcript, Uint8Array.of(kind));

/** The direction that HPKE leaves open. */
function reply(context: ReferenceContext, transcript: Bytes) {
  const key = context.exportSecret(utf8('keyhaven/v1/pairing-reply'), 32);
  return {
    seal(kind: number, body: Bytes): Bytes {
      const nonce = random(12);
      return concat(nonce, gcm(key, nonce, bound(transcript, kind)).encrypt(body));
    },
    open: (kind: number, sealed: Bytes) =>
      gcm(key, sealed.slice(0, 12), bound(transcript, kind)).decrypt(sealed.slice(12)),
  };
}

const materialIdOf = (material: Bytes, keyId: string): string =>
  toHex(hmac(sha512, material, concat(utf8('keyhaven/v1/key-material-id\0'), fromHex(keyId.slice(4)))).slice(0, 32));

describe('an independent peer', () => {
  test('gives a key to a new device', async () => {
    const young = await newYoung();
    const post = new Post();
    const [material, keyId] = [random(32), `mrk-${toHex(random(16))}`];
    const numbers: string[] = [];
    const old = async (code: string) => {
      const peer = new Peer(post, code, 'add');
      const from = { id: toHex(random(16)), name: 'peer', accountId: '000000000000', region: 'us-east-1' };
      const hello = await peer.send(1, utf8(JSON.stringify({ from })));
      const offer = await peer.receive(2);
      const { publicKey, commitment } = json(offer);
      const context = setUpSender(fromBase64(publicKey), info, deriveSecretKey(random(32)));
      const said = {
        encapsulated: base64(context.encapsulated),
        nonce: base64(random(32)),
        keys: [keyId],
        opensRoot: false,
      };
      const answer = await peer.send(3, utf8(JSON.stringify(said)));
      const reveal = await peer.receive(4);
      const promised = peer.commitment(fromBase64(json(reveal).nonce), hello, fromBase64(publicKey));
      assert.equal(base64(promised), commitment);
      const transcript = peer.transcript(hello, offer, answer, reveal);
      numbers.push(numberOf(transcript));
      const back = reply(context, transcript);
      assert.deepEqual(json(back.open(5, await peer.receive(5))), {});
      const key = {
        id: keyId,
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
        origin: 'AWS_KMS',
        primary: 'us-east-1',
        replicas: ['us-west-2'],
        description: 'from a peer',
        policy:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"}]}',
        tags: [],
        materials: [{ id: materialIdOf(material, keyId), createdAt: 1, length: 32 }],
      };
      const records = utf8(JSON.stringify({ keys: [key] }));
      const parcel = concat(Uint8Array.of(0, 0, records.length >> 8, records.length), records, material);
      // In two pieces.
      for (const piece of [parcel.slice(0, 100), parcel.slice(100)])
        await peer.send(6, context.seal(bound(transcript, 6), piece));
      await peer.send(7, context.seal(bound(transcript, 7), utf8('{}')));
      assert.deepEqual(json(back.open(8, await peer.receive(8))), { isTaken: true });
    };
    let ended: Promise<void> | undefined;
    const { added, name } = await offerDevice(young, {
      name: 'laptop',
      transport: post.transport,
      onCode: ({ code }) => {
        ended = old(code);
      },
      confirm: ({ number }: Comparison) => {
        numbers.push(number.replace(' ', ''));
        return true;
      },
    });
    await ended;
    assert.deepEqual([added, name], [[keyId], 'peer']);
    assert.equal(numbers[0], numbers[1]);
    const { KeyMetadata } = await young.describeKey({ KeyId: keyId });
    assert.deepInclude(KeyMetadata, { Description: 'from a peer', KeyState: 'Enabled' });
    const { CiphertextBlob } = await young.encrypt({ KeyId: keyId, Plaintext: utf8('x') });
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, utf8('x'));
  });

  test('gets a key from an old device', async () => {
    const old = await newOld(recoverable());
    const KeyId = await newKey(old, { MultiRegion: true });
    const post = new Post();
    const code = '0000-0000-0000-0000';
    const numbers: string[] = [];
    const young = async () => {
      const peer = new Peer(post, code, 'offer');
      const hello = await peer.receive(1);
      const [secretKey, nonce] = [deriveSecretKey(random(32)), random(32)];
      const publicKey = publicKeyOf(secretKey);
      const from = { id: toHex(random(16)), name: 'peer', accountId: '000000000000', region: 'us-west-2' };
      const said = { from, publicKey: base64(publicKey), commitment: base64(peer.commitment(nonce, hello, publicKey)) };
      const offer = await peer.send(2, utf8(JSON.stringify(said)));
      const answer = await peer.receive(3);
      const { encapsulated, keys } = json(answer);
      assert.deepEqual(keys, [KeyId]);
      const reveal = await peer.send(4, utf8(JSON.stringify({ nonce: base64(nonce) })));
      const transcript = peer.transcript(hello, offer, answer, reveal);
      numbers.push(numberOf(transcript));
      const context = setUpRecipient(secretKey, fromBase64(encapsulated), info);
      const back = reply(context, transcript);
      await peer.send(5, back.seal(5, utf8('{}')));
      const parcel = context.open(bound(transcript, 6), await peer.receive(6));
      assert.deepEqual(json(context.open(bound(transcript, 7), await peer.receive(7))), {});
      const end = 4 + new DataView(parcel.buffer).getUint32(0);
      const [key] = json(parcel.slice(4, end)).keys;
      const material = parcel.slice(end);
      assert.deepInclude(key, { id: KeyId, spec: 'SYMMETRIC_DEFAULT', primary: 'us-east-1', replicas: ['us-west-2'] });
      assert.equal(key.materials[0].id, materialIdOf(material, KeyId));
      await peer.send(8, back.seal(8, utf8('{"isTaken":true}')));
    };
    const ended = young();
    const { keys } = await addDevice(old, {
      name: 'phone',
      code,
      transport: post.transport,
      keys: [KeyId],
      confirm: ({ number }) => {
        numbers.push(number.replace(' ', ''));
        return true;
      },
    });
    await ended;
    assert.deepEqual(
      keys.map((each) => each.KeyId),
      [KeyId],
    );
    assert.equal(numbers[0], numbers[1]);
  });
});
