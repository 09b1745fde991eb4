// TagResource, UntagResource, ListResourceTags.
import type { ListResourceTagsOutput } from '../model/api/index.ts';
import { keyIdMember, limitMember, markerMember } from '../model/members.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { tagKeysMember, tagsMember } from '../model/rare-members.ts';
import { structure } from '../model/shape.ts';
import { withoutTags, withTags } from '../model/tags.ts';
import { authorise } from './authorise.ts';
import { tagConditions } from './conditions.ts';
import { changeKey } from './keys.ts';
import { type Body, resolveManaged, type Service } from './service.ts';

const tagResourceRequest = structure({ KeyId: keyIdMember, Tags: tagsMember }, {});

export async function tagResource(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(tagResourceRequest, input);
  await changeKey(
    service,
    'TagResource',
    request,
    (key) => ({ ...key, tags: withTags(key.tags, request.Tags) }),
    tagConditions(request.Tags),
  );
}

const untagResourceRequest = structure({ KeyId: keyIdMember, TagKeys: tagKeysMember }, {});

export async function untagResource(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(untagResourceRequest, input);
  await changeKey(
    service,
    'UntagResource',
    request,
    (key) => ({ ...key, tags: withoutTags(key.tags, request.TagKeys) }),
    { 'aws:TagKeys': request.TagKeys },
  );
}

const listResourceTagsRequest = structure({ KeyId: keyIdMember }, { Limit: limitMember, Marker: markerMember });

export async function listResourceTags(service: Service, input: unknown): Promise<Body<ListResourceTagsOutput>> {
  const request = service.call.read(listResourceTagsRequest, input);
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'ListResourceTags', request);
  const listing = `ListResourceTags ${key.id}`;
  const after = startOf(request, listing);
  const tags = [...key.tags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([name]) => after === undefined || name > after);
  const { page, end } = cutPage(tags, pageSize(request, { standard: 50, most: 50 }), listing, ([name]) => name);
  return { Tags: page.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...end };
}
