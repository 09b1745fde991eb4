// The AWS SDK without a network: its client's requests answered in the same process.
export { type FetchEventLike, type KmsFetchOptions, kmsFetchListener } from './fetch-listener.ts';
export { kmsRequestHandler, type SdkRequest, type SdkRequestHandler, type SdkResponse } from './request-handler.ts';
