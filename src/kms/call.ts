// One call while it is carried out: its id, its request as it was read, and what of it its record will tell. The operations note
// things here; what gets into the trail is decided in trail/describe.ts.
import { newRequestId } from '../keys/request-id.ts';
import { readRequest, type Shape } from '../model/shape.ts';
import type { EndedCall } from '../trail/describe.ts';
import type { LoggedMembers } from '../trail/event.ts';

export class Call implements EndedCall {
  readonly name: string;
  readonly requestId: string = newRequestId();
  request: object | undefined = undefined;
  readonly resources: string[] = [];
  elements: LoggedMembers | null = null;
  additional: LoggedMembers | null = null;
  /** True once the record of its success is in the store. */
  isRecorded = false;

  constructor(name: string) {
    this.name = name;
  }

  /** Reads the request. @throws ValidationException, SerializationException */
  read<T extends object>(shape: Shape<T>, input: unknown): T {
    const request = readRequest(shape, input);
    this.request = request;
    return request;
  }

  /** Notes a key or an alias that the call is about. @param resource key id, or alias name */
  touch(resource: string): void {
    // An attempt that is made again finds the same ones.
    if (!this.resources.includes(resource)) this.resources.push(resource);
  }

  /** Notes what the record tells of the reply beyond the key's ARN. */
  respond(elements: LoggedMembers): void {
    this.elements = elements;
  }

  /** Notes what the record tells beside request and reply. */
  add(additional: LoggedMembers): void {
    this.additional = additional;
  }
}
