// LookupEvents of CloudTrail, over one account and Region: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
import { ValidationException } from '../model/errors/index.ts';
import { date, list, oneOf, readRequest, type Shape, structure, text, whole } from '../model/shape.ts';
import type { TrailEvent } from './event.ts';
import { userName } from './identity.ts';
import type { CloudTrailRecord } from './record.ts';

export type LookupAttributeKey =
  | 'AccessKeyId'
  | 'EventId'
  | 'EventName'
  | 'EventSource'
  | 'ReadOnly'
  | 'ResourceName'
  | 'ResourceType'
  | 'Username';

export interface LookupEventsInput {
  /** What events must have, all of it. CloudTrail itself takes one attribute. */
  LookupAttributes?: { AttributeKey: LookupAttributeKey | undefined; AttributeValue: string | undefined }[] | undefined;
  StartTime?: Date | undefined;
  EndTime?: Date | undefined;
  /** 1 to 50. Default 50. */
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

export interface LookedUpEvent {
  EventId: string;
  EventName: string;
  /** `true` or `false`. */
  ReadOnly: string;
  AccessKeyId?: string;
  EventTime: Date;
  EventSource: string;
  Username?: string;
  Resources: { ResourceType: string; ResourceName: string }[];
  /** The record, as JSON. */
  CloudTrailEvent: string;
}

export interface LookupEventsOutput {
  /** The newest first. */
  Events: LookedUpEvent[];
  NextToken?: string;
}

const attributeKeys = [
  'AccessKeyId',
  'EventId',
  'EventName',
  'EventSource',
  'ReadOnly',
  'ResourceName',
  'ResourceType',
  'Username',
] as const;
const tokenMember: Shape<string> = text({ min: 1, max: 16, pattern: '[1-9][0-9]*' });
const lookupRequest = structure(
  {},
  {
    LookupAttributes: list(
      structure({ AttributeKey: oneOf(attributeKeys), AttributeValue: text({ min: 1, max: 2000 }) }, {}),
      { min: 0, max: 10 },
    ),
    StartTime: date,
    EndTime: date,
    MaxResults: whole({ min: 1, max: 50 }),
    NextToken: tokenMember,
  },
);

export interface Lookup {
  readonly attributes: readonly { readonly AttributeKey: LookupAttributeKey; readonly AttributeValue: string }[];
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** Sequence number that events are below; undefined from the newest on. */
  readonly before: number | undefined;
}

/** @throws ValidationException, SerializationException */
export function readLookup(input: unknown): Lookup {
  const request = readRequest(lookupRequest, input);
  const [from, to] = [request.StartTime ?? Number.NEGATIVE_INFINITY, request.EndTime ?? Number.POSITIVE_INFINITY];
  if (from > to) throw new ValidationException('StartTime must not be after EndTime.');
  return {
    attributes: request.LookupAttributes ?? [],
    from,
    to,
    limit: request.MaxResults ?? 50,
    before: request.NextToken === undefined ? undefined : Number(request.NextToken),
  };
}

export const isInTime = ({ at }: TrailEvent, { from, to }: Lookup): boolean => {
  const second = Math.floor(at / 1000) * 1000;
  return second >= from && second <= to;
};

export const hasId = ({ eventID }: CloudTrailRecord, { attributes }: Lookup): boolean =>
  attributes.every(({ AttributeKey: key, AttributeValue: value }) => key !== 'EventId' || value === eventID);

/** Holds an event against all attributes but its id. */
export function isMatch(event: TrailEvent, record: CloudTrailRecord, { attributes }: Lookup): boolean {
  return attributes.every(({ AttributeKey: key, AttributeValue: value }) => {
    if (key === 'ResourceName') return record.resources.some(({ ARN }) => ARN === value || nameOf(ARN) === value);
    if (key === 'ResourceType') return record.resources.some(({ type }) => type === value);
    if (key === 'EventId') return true;
    if (key === 'EventName') return record.eventName === value;
    if (key === 'EventSource') return record.eventSource === value;
    if (key === 'ReadOnly') return String(record.readOnly) === value;
    if (key === 'AccessKeyId') return accessKeyOf(record) === value;
    return shownUser(event, record) === value;
  });
}

export function lookedUp(event: TrailEvent, record: CloudTrailRecord): LookedUpEvent {
  const [accessKey, user] = [accessKeyOf(record), shownUser(event, record)];
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    ...(accessKey === undefined ? {} : { AccessKeyId: accessKey }),
    EventTime: new Date(record.eventTime),
    EventSource: record.eventSource,
    ...(user === undefined ? {} : { Username: user }),
    Resources: record.resources.map(({ type, ARN }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: JSON.stringify(record),
  };
}

/** `alias/notes` of an alias's ARN, the key id of a key's. */
const nameOf = (arn: string): string =>
  arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^key\//, '');

function accessKeyOf({ userIdentity }: CloudTrailRecord): string | undefined {
  const id = Object.hasOwn(userIdentity, 'accessKeyId') ? userIdentity['accessKeyId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Of a caller of another account the record tells no name. */
const shownUser = (event: TrailEvent, { userIdentity }: CloudTrailRecord): string | undefined =>
  Object.hasOwn(userIdentity, 'arn') ? userName(event.by) : undefined;
