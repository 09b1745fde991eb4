// Who may call: exact origins, each as a principal that key policies and grants name. There is no default and no wildcard.
import { type Caller, checkCaller } from '../../model/caller.ts';
import { ValidationException } from '../../model/errors/index.ts';
import { checkOptions, isOn, type Known } from '../../model/options.ts';
import { Allowance, type Rate } from './allowance.ts';

export interface CallerOptions {
  /** Exactly as the browser writes it: `https://app.example.com`, with the port where it is not the scheme's own. */
  readonly origin: string;
  /** The account whose keys the origin sees, 12 digits. Default: that of the service, or of `arn`. */
  readonly accountId?: string | undefined;
  /** ARN of the principal that the origin is. Default: `originArn(origin, accountId)`. */
  readonly arn?: string | undefined;
  /**
   * True where the origin may do all that key policies leave to its account, making keys included. Default false: it may do
   * what policies and grants say, and nothing else. Give it an account of its own with this.
   */
  readonly isAdministrator?: boolean | undefined;
  readonly rate?: Rate | undefined;
}

export interface OriginCaller {
  readonly origin: string;
  readonly allowance: Allowance;
  /** Who it is for a service whose own account is this. */
  principalIn(accountId: string): Caller;
}

/**
 * The principal that an origin is: `https://app.example.com` is the user `app.example.com` under the path `/origin/https/`; a port
 * comes behind `+`.
 * @param accountId 12 digits. Default `000000000000`
 * @throws ValidationException where the text is not an origin, or its host has characters that an ARN cannot have
 */
export function originArn(origin: string, accountId: string = '000000000000'): string {
  const { scheme, host, port } = parseOrigin(origin);
  if (!/^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/.test(host))
    throw new ValidationException(`The host of ${origin} cannot stand in an ARN: give the caller an arn of its own.`);
  const name = host.replaceAll(':', '=').replaceAll(/[[\]]/g, '') + (port === '' ? '' : `+${port}`);
  return checkCaller(`arn:aws:iam::${accountId}:user/origin/${scheme}/${name}`, false).arn;
}

function parseOrigin(origin: unknown): { scheme: string; host: string; port: string } {
  const text = typeof origin === 'string' ? origin : '';
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // Said below.
  }
  // Schemes of browser extensions have the origin "null" for URL, and a real one in messages.
  const written = url?.origin === 'null' && url.host !== '' ? `${url.protocol}//${url.host}` : url?.origin;
  if (url === undefined || text === 'null' || written !== text) {
    throw new ValidationException(
      `callers must name exact origins such as https://app.example.com, without path or wildcard; got ${JSON.stringify(origin)}.`,
    );
  }
  return { scheme: url.protocol.slice(0, -1), host: url.hostname, port: url.port };
}

/** @throws ValidationException where the list is empty, or names an origin twice */
export function readCallers(given: unknown, clock: () => number): Map<string, OriginCaller> {
  if (!Array.isArray(given) || given.length === 0)
    throw new ValidationException('callers must list the origins that may call: there is no default.');
  const callers = new Map<string, OriginCaller>();
  for (const each of given as readonly unknown[]) {
    const caller = readCaller(each, clock);
    if (callers.has(caller.origin)) throw new ValidationException(`callers names ${caller.origin} twice.`);
    callers.set(caller.origin, caller);
  }
  return callers;
}

const callerNames: Known<CallerOptions> = {
  origin: true,
  accountId: true,
  arn: true,
  isAdministrator: true,
  rate: true,
};

function readCaller(given: unknown, clock: () => number): OriginCaller {
  if (typeof given !== 'object' || given === null)
    throw new ValidationException('callers must hold objects, each with the origin that may call.');
  checkOptions<CallerOptions>(given as CallerOptions, callerNames, 'callers');
  const origin = own(given, 'origin') as string;
  parseOrigin(origin);
  const [accountId, arn] = [own(given, 'accountId'), own(given, 'arn')] as (string | undefined)[];
  const isAdministrator = isOn('isAdministrator', own(given, 'isAdministrator'));
  const rate = own(given, 'rate');
  checkOptions<Rate>(rate as Rate | undefined, { perSecond: true, burst: true }, 'rate');
  const perSecond = positive('rate.perSecond', own(rate, 'perSecond') ?? 500);
  const burst = positive('rate.burst', own(rate, 'burst') ?? 2000);
  if (arn !== undefined && accountId !== undefined)
    throw new ValidationException('A caller has an arn, or an accountId, not both: the arn names the account.');
  const principalIn = (serviceAccount: string): Caller =>
    checkCaller(arn ?? originArn(origin, accountId ?? serviceAccount), isAdministrator);
  // So that a mistake is told now, not when somebody connects.
  principalIn('000000000000');
  return { origin, allowance: new Allowance(perSecond, burst, clock), principalIn };
}

function own(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null && Object.hasOwn(from, name)
    ? (from as Record<string, unknown>)[name]
    : undefined;
}

function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw new ValidationException(`${name} must be a positive number.`);
}
