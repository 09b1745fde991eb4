// hostKms: the keys live here, in a worker or a frame of another origin, and pages call over a port. What a page gets is decided by
// its origin alone.
import { newRequestId } from '../../keys/request-id.ts';
import type { Kms } from '../../kms/kms.ts';
import { HostRefused, HostUnavailable } from '../../model/errors/index.ts';
import { checkFunctions, checkMethods, checkOpening, optionsReader } from '../../model/options.ts';
import { encodeError } from '../protocol/errors.ts';
import { protocolVersion } from '../protocol/messages.ts';
import { postLast } from '../protocol/post.ts';
import { type CallerOptions, type OriginCaller, readCallers } from './callers.ts';
import { type AskConsent, Consent } from './consent.ts';
import { openDoor } from './doors.ts';
import { type OnCall, Refusals } from './record.ts';
import { Session } from './session.ts';

export interface HostOptions {
  /** The origins that may call, and who they are. No default, no wildcard. */
  readonly callers: readonly CallerOptions[];
  /** Asks the user where policies and grants give an origin nothing. Default: nobody is asked. */
  readonly consent?: AskConsent | undefined;
  /** Told of every call before its answer leaves, and of every refusal. */
  readonly onCall?: OnCall | undefined;
  /** Time in milliseconds, for rates. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

export interface Host {
  /**
   * Serves a port whose other end is known by other means, such as that of a worker of Node.
   * @param origin who is there; it must be listed
   * @throws HostRefused where it is not
   */
  accept(port: MessagePort, origin: string): void;
  /**
   * Tells every page that its user is wanted here, such as to unlock the keys, or no longer is: `onPrompt` of `connectKms` hears of it.
   * Pages that connect meanwhile are told, too.
   */
  prompt(isOpen: boolean): void;
  /** Ends every connection, and takes no more. */
  close(): void;
}

/** Connections of one origin: tabs of an app may share a host, and nobody needs more. */
const mostConnections = 64;

/**
 * Lets pages use the keys of a service over a MessagePort. Call it at the top of a dedicated worker, a shared worker or the page of a
 * frame; the page calls `connectKms`. Each page calls as its origin, so key policies and grants are a wall here.
 * @param kms the service, or the promise of one; it should be its owner's (the account's root, as `openKms` gives it)
 * @throws ValidationException where an option is not valid
 */
export function hostKms(kms: Kms | Promise<Kms>, options: HostOptions): Host {
  const own = optionsReader(options, { callers: true, consent: true, onCall: true, clock: true });
  const clock = own('clock') ?? Date.now;
  checkFunctions({ clock, consent: own('consent'), onCall: own('onCall') });
  const callers = readCallers(own('callers'), clock);
  checkOpening(kms);
  const service = Promise.resolve(kms);
  // Whoever connects learns why it failed.
  service.catch(() => {});
  const [ask, onCall] = [own('consent'), own('onCall')];
  const refusals = new Refusals(onCall);
  const wall = { kms: service, consent: ask && new Consent(service, ask, clock), onCall, refusals };
  const sessions = new Map<Session, OriginCaller>();
  let isClosed = false;
  let isPrompting = false;

  const instance = newRequestId();

  function refuse(origin: string, error: HostRefused): void {
    refusals.tell({
      origin,
      principalArn: undefined,
      operation: undefined,
      keyId: undefined,
      requestId: undefined,
      error,
    });
  }

  /** Makes room for one more connection of an origin: a tab that crashed may never have said goodbye. */
  function makeRoom(who: OriginCaller): void {
    const idle = [...sessions].filter(([, each]) => each === who).map(([session]) => session);
    if (idle.length < mostConnections) return;
    const [oldest] = idle.sort((a, b) => (a.idleSince ?? Infinity) - (b.idleSince ?? Infinity));
    oldest?.close(new HostUnavailable('The host closed a connection that was idle, to make room for another.'));
  }

  function accept(port: MessagePort, origin: string): void {
    checkMethods('port', port, ['postMessage', 'addEventListener', 'start'], 'a MessagePort');
    const who = isClosed ? undefined : callers.get(origin);
    if (who === undefined) {
      const error = isClosed ? new HostRefused('The host is closed.') : notListed(origin);
      postLast(port, { type: 'closed', error: encodeError(error) });
      refuse(origin, error);
      throw error;
    }
    makeRoom(who);
    const session: Session = new Session(port, who, wall, () => sessions.delete(session));
    sessions.set(session, who);
    if (isPrompting) session.prompt(true);
  }

  const shutDoor = openDoor({
    instance,
    knock(visitor) {
      const isListed = callers.has(visitor.origin);
      if (!isListed) refuse(visitor.origin, notListed(visitor.origin));
      visitor.answer(
        isListed
          ? { keyhaven: protocolVersion, type: 'ready', instance }
          : { keyhaven: protocolVersion, type: 'refused' },
      );
    },
    connect({ origin }, port) {
      try {
        accept(port, origin);
      } catch {
        // Its owner was told of it, and so was the page.
      }
    },
  });

  return {
    accept,
    prompt(isOpen) {
      if (isOpen === isPrompting) return;
      isPrompting = isOpen;
      for (const session of sessions.keys()) session.prompt(isOpen);
    },
    close() {
      isClosed = true;
      shutDoor();
      for (const session of sessions.keys()) session.close(new HostUnavailable('The host was closed.'));
    },
  };
}

const notListed = (origin: string): HostRefused => new HostRefused(`The host does not list ${origin} as a caller.`);
