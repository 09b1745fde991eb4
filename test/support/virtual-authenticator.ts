// A passkey's authenticator that Chromium simulates: of the platform, with PRF, and with a user who is always there.
import type { CDPSession } from 'playwright';

/** @returns its id */
export async function addAuthenticator(
  cdp: CDPSession,
  options: { hasPrf?: boolean; isUserVerified?: boolean } = {},
): Promise<string> {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf: true,
      ...options,
    },
  });
  return authenticatorId;
}
