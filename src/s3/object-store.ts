// What is needed of a client of S3, by structure: the aggregated client `S3` of @aws-sdk/client-s3 has it, which is therefore an
// optional peer. All other members of requests and replies pass through.

/** The members of a PutObject request that matter here. */
export interface PutObjectInput {
  Bucket: string | undefined;
  Key: string | undefined;
  /** Bytes, text, a Blob, a ReadableStream, or a stream of Node. */
  Body?: unknown;
  /** Length of the plaintext in bytes. Needed for streams in Node, Deno and Bun. */
  ContentLength?: number | undefined;
  Metadata?: Record<string, string> | undefined;
}

export interface PutObjectReply {
  ETag?: string | undefined;
  VersionId?: string | undefined;
}

/** The members of a GetObject request that matter here. */
export interface GetObjectInput {
  Bucket: string | undefined;
  Key: string | undefined;
  VersionId?: string | undefined;
}

/** The body of a GetObject reply of the SDK. */
export interface ReplyBody {
  transformToWebStream(): unknown;
}

/** The members of a GetObject reply that matter here. */
export interface GetObjectReply {
  Body?: ReplyBody | undefined;
  Metadata?: Record<string, string> | undefined;
  ContentLength?: number | undefined;
  ContentRange?: string | undefined;
  ContentType?: string | undefined;
  ETag?: string | undefined;
  LastModified?: Date | undefined;
  VersionId?: string | undefined;
}

/** Any client with these two operations of the AWS SDK. */
export interface ObjectStore {
  /** `node` or `browser` in clients of the SDK: it decides whether a stream is sent as one. */
  readonly config?: { readonly runtime?: unknown };
  /** @param options `abortSignal` ends a request whose body has failed. Who does not look at it gives up the connection later */
  putObject(input: PutObjectInput, options?: { abortSignal?: AbortSignal }): Promise<PutObjectReply>;
  getObject(input: GetObjectInput & { Range?: string | undefined }): Promise<GetObjectReply>;
}
