import ipaddr from 'ipaddr.js';

/**
 * Whether an address (IPv4 or IPv6, without brackets) is somewhere on the public internet: not this machine, not a network inside, not
 * a link's own such as clouds answer questions about a machine on, and none of the ranges that translate to those.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** A URL's host as an address or a name is looked up: without the brackets of IPv6. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
