// Keys on several devices: passing them from one to another over anything that carries bytes (docs/devices.md).
export type { SentKey } from '../kms/device-shipment.ts';
export { type AddOptions, type AddReport, addDevice, type KeyToAdd } from './add.ts';
export { broadcastChannelTransport } from './broadcast-channel.ts';
export { readDeviceCode } from './code.ts';
export type { Comparison, Confirm, PairableKms } from './conversation.ts';
export { DeviceKey, deviceKey, otherDevice } from './device-key.ts';
export { type HttpRelayOptions, httpRelayTransport } from './http-relay.ts';
export { type OfferOptions, type OfferReport, offerDevice, type ShownCode } from './offer.ts';
export { type RelayOptions, relayHandler } from './relay.ts';
export type { Channel, Side, Transport } from './transport.ts';
