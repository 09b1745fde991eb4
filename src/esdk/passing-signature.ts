// The signature of a message that passes by. It stands at the end: what comes out before it was checked is authentic only as far as all
// who can decrypt are trusted, because each of them could have made it.
import { ByteReader } from '../formats/byte-reader.ts';
import type { Bytes } from '../formats/bytes.ts';
import { footerStart, parseFooter } from '../formats/esdk/footer.ts';
import type { PassingVerifier } from '../keys/message-signature.ts';
import { InvalidCiphertextException, MessageRefused, StreamTruncated } from '../model/errors/index.ts';
import type { AcceptedHeader } from './decrypt-options.ts';
import type { Intake } from './intake.ts';

/**
 * What to do with a signed message, whose signature comes last:
 * `hold` keeps the plaintext back until the signature is found genuine, and refuses a message longer than `maxHeldLength`;
 * `release-before-verification` gives out frames before, all but the last ones: only what the caller can take back;
 * `refuse` takes unsigned messages only.
 */
export type SignedMessages = 'hold' | 'release-before-verification' | 'refuse';

export interface HoldSettings {
  readonly signedMessages: SignedMessages;
  readonly maxHeldLength: number;
}

/** The verifier that a message is fed to as it passes by; undefined where it is not signed. @throws InvalidCiphertextException */
export async function verifierOf({ header, publicKey }: AcceptedHeader): Promise<PassingVerifier | undefined> {
  const { curve } = header.suite;
  if (curve === undefined || publicKey === undefined) return undefined;
  const { newPassingVerifier } = await import('../keys/message-signature.ts');
  const verifier = await newPassingVerifier(curve, publicKey);
  if (verifier === undefined) throw new InvalidCiphertextException();
  return verifier;
}

/** Gives a signed plaintext out as far as the settings allow, and the rest when the signature was checked. */
export async function* holdBack(
  opened: AsyncGenerator<Bytes, void>,
  { signedMessages, maxHeldLength }: HoldSettings,
  check: () => Promise<void>,
): AsyncGenerator<Bytes, void> {
  const held: Bytes[] = [];
  let heldLength = 0;
  try {
    for await (const piece of opened) {
      // The last piece is never given out early: whoever sees the end has seen a genuine one.
      if (signedMessages === 'release-before-verification') yield* held.splice(0);
      held.push(piece);
      heldLength += piece.length;
      if (signedMessages === 'hold' && heldLength > maxHeldLength)
        throw new MessageRefused(
          `The message is signed and longer than maxHeldLength, which is ${maxHeldLength}. Raise it, or pass signedMessages: 'release-before-verification' where plaintext that later proves wrong can be taken back.`,
        );
    }
    await check();
    yield* held.splice(0);
  } finally {
    for (const piece of held) piece.fill(0);
  }
}

/** Takes the signature and the end of the message. @throws InvalidCiphertextException where it is not genuine; StreamTruncated */
export async function requireSignature(intake: Intake, verifier: PassingVerifier): Promise<void> {
  const start = await intake.peek(footerStart);
  if (start.length < footerStart) throw new StreamTruncated();
  const length = footerStart + new ByteReader(start).uint16();
  const footer = await intake.peek(length);
  if (footer.length < length) throw new StreamTruncated();
  const signature = parseFooter(footer.slice());
  intake.skip(length);
  await intake.requireEnd();
  if (signature === undefined || !verifier.verify(signature)) throw new InvalidCiphertextException();
}
