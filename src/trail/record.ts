// CloudTrail records of events. https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html and
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
import { aliasArn, keyArn } from '../model/arn.ts';
import type { TlsDetails, TrailEvent } from './event.ts';
import { type UserIdentity, userIdentity } from './identity.ts';
import { operations } from './operations.ts';

/**
 * The form of records. Raised with every change of what the record of an event looks like: a log file that was signed in another form
 * cannot be made again, and that it differs then is nobody's doing.
 */
export const recordForm = 2;

export interface CloudTrailRecord {
  readonly eventVersion: '1.11';
  readonly userIdentity: UserIdentity;
  /** UTC, to the second. */
  readonly eventTime: string;
  readonly eventSource: 'kms.amazonaws.com';
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  readonly additionalEventData?: Readonly<Record<string, unknown>>;
  readonly requestID?: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources: readonly { readonly accountId: string; readonly type: string; readonly ARN: string }[];
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent';
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly sharedEventID?: string;
  readonly eventCategory: 'Management';
  readonly serviceEventDetails?: Readonly<Record<string, unknown>> | null;
  readonly tlsDetails?: TlsDetails;
}

/** Where a record is shown. */
export interface RecordPlace {
  /** The account whose trail it is. */
  readonly accountId: string;
  readonly eventId: string;
  /** Of an event that two accounts see. */
  readonly sharedEventId: string | undefined;
}

/** True for events that the trail of an account shows in a Region: its own, and those of its principals elsewhere. */
export function isShown({ by, error }: TrailEvent, accountId: string, region: string): boolean {
  if (by.region !== region) return false;
  const isCaller = by.callerAccountId === accountId;
  const isDenied = error?.code === 'AccessDenied';
  // A call from another account that was denied is told to that account alone.
  return isCaller || (by.accountId === accountId && !(isDenied && by.callerAccountId !== null));
}

/** True where two accounts see the event. */
export const isShared = ({ by, error }: TrailEvent): boolean =>
  by.callerAccountId !== null && by.callerAccountId !== by.accountId && error?.code !== 'AccessDenied';

/** What the service does by itself, and CloudTrail has as a call: ct-synchronize-multi-region-key.html in the developer guide. */
const synchronization = 'SynchronizeMultiRegionKey';
const ownThatNameKey: readonly string[] = ['DeleteKey', synchronization];

export function recordOf(event: TrailEvent, place: RecordPlace): CloudTrailRecord {
  const { by, error } = event;
  const isService = by.arn === null;
  const isServiceEvent = isService && event.name !== synchronization;
  const operation = isService ? undefined : operations[event.name];
  const resources = event.resources.map((name) => resourceOf(name, by));
  const internal = by.viaService ?? undefined;
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(by, place.accountId),
    eventTime: eventTime(event.at),
    eventSource: 'kms.amazonaws.com',
    eventName: event.name,
    awsRegion: by.region,
    sourceIPAddress: internal ?? by.sourceIPAddress,
    userAgent: internal ?? by.userAgent,
    ...(error === null ? {} : { errorCode: error.code }),
    ...(error === null || error.message === '' ? {} : { errorMessage: error.message }),
    requestParameters: event.parameters === null ? null : (lowered(event.parameters) as Record<string, unknown>),
    responseElements: responseOf(event, resources),
    ...(event.additional === null ? {} : { additionalEventData: event.additional }),
    ...(event.requestId === null ? {} : { requestID: event.requestId }),
    eventID: place.eventId,
    readOnly: operation?.isReadOnly ?? false,
    resources,
    eventType: isServiceEvent ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: place.accountId,
    ...(place.sharedEventId === undefined ? {} : { sharedEventID: place.sharedEventId }),
    eventCategory: 'Management',
    ...(isServiceEvent ? { serviceEventDetails: event.details } : {}),
    ...(Object.hasOwn(by, 'tlsDetails') && by.tlsDetails ? { tlsDetails: by.tlsDetails } : {}),
  };
}

const isAlias = (name: string): boolean => name.startsWith('alias/');

/** CloudTrail gives aliases the type of keys: see its records of CreateAlias and UpdateAlias. */
function resourceOf(name: string, scope: { readonly accountId: string; readonly region: string }) {
  const ARN = isAlias(name) ? aliasArn(scope, name) : keyArn(scope, name);
  return { accountId: scope.accountId, type: 'AWS::KMS::Key', ARN };
}

function responseOf(event: TrailEvent, resources: CloudTrailRecord['resources']): Record<string, unknown> | null {
  if (event.error !== null) return null;
  const key = resources.filter((_, index) => !isAlias(event.resources[index] ?? '')).at(-1);
  const isService = event.by.arn === null;
  const namesKey = isService ? ownThatNameKey.includes(event.name) : (operations[event.name]?.namesKey ?? false);
  const named = namesKey && key !== undefined ? { keyId: key.ARN } : {};
  const elements = event.elements === null ? {} : (lowered(event.elements) as Record<string, unknown>);
  const all = { ...named, ...elements };
  return Object.keys(all).length === 0 ? null : all;
}

/** Members that are maps from the caller's own names, which stay as they are. Requests hold them as pairs. */
const maps: ReadonlySet<string> = new Set([
  'EncryptionContext',
  'SourceEncryptionContext',
  'DestinationEncryptionContext',
  'EncryptionContextEquals',
  'EncryptionContextSubset',
]);
/** Members that are dates. Requests hold them as milliseconds since 1970. */
const dates: ReadonlySet<string> = new Set(['ValidTo', 'CreationDate', 'DeletionDate']);
/** CloudTrail's own spelling of names that do not begin with one capital. */
const names: Readonly<Record<string, string>> = { AWSAccountId: 'aWSAccountId' };

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      const lower = Object.hasOwn(names, name) ? names[name] : name.charAt(0).toLowerCase() + name.slice(1);
      if (maps.has(name)) return [lower, Object.fromEntries(member as Iterable<readonly [string, string]>)];
      if (dates.has(name))
        return [lower, dateText(new Date(member as string | number).getTime(), name === 'DeletionDate')];
      return [lower, lowered(member)];
    }),
  );
}

/** `YYYY-MM-DDTHH:MM:SSZ` */
export const eventTime = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Dates in request and response, in UTC: `May 21, 2025, 5:47:45 AM`.
 * @param hasFullHours for deletion dates, which AWS prints with 24 hours and the half of the day: `Apr 12, 2021 18:58:30 PM`
 */
export function dateText(milliseconds: number, hasFullHours: boolean): string {
  const date = new Date(milliseconds);
  const hours = date.getUTCHours();
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour = hasFullHours ? two(hours) : String(hours % 12 || 12);
  const time = `${hour}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`;
  const comma = hasFullHours ? '' : ',';
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}${comma} ${time}`;
}
