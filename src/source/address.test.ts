import { expect, test } from '@jest/globals';
import { reachOf } from './address.ts';

test.each([
  ['93.184.216.34', 'network'],
  ['10.1.2.3', 'network'],
  ['fd12::1', 'network'],
  ['127.0.0.1', 'loopback'],
  ['127.8.8.8', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['169.254.169.254', 'never'],
  ['::ffff:169.254.169.254', 'never'],
  ['::ffff:a9fe:a9fe', 'never'],
  ['64:ff9b::a9fe:a9fe', 'never'],
  ['fd00:ec2::254', 'never'],
  ['fe80::1', 'never'],
  ['100.100.100.200', 'never'],
  ['168.63.129.16', 'never'],
  ['0.0.0.0', 'never'],
  ['::', 'never'],
  ['255.255.255.255', 'never'],
])('%s is on the %s', (address, reach) => {
  expect(reachOf(address)).toBe(reach);
});
