/** Addresses that nothing may be loaded from, whatever name leads there: they belong to the machine, not to the network. */
import { BlockList, isIP } from 'node:net';

const never = new BlockList();
/** Link-local, with the metadata services of AWS, Google and most others, which hand out the machine's credentials. */
never.addSubnet('169.254.0.0', 16);
never.addSubnet('fe80::', 10, 'ipv6');
/** Metadata services elsewhere: AWS by IPv6, Alibaba, Oracle, Azure. */
never.addAddress('fd00:ec2::254', 'ipv6');
never.addAddress('100.100.100.200');
never.addAddress('192.0.0.192');
never.addAddress('168.63.129.16');
/** "This host", multicast and broadcast. */
never.addSubnet('0.0.0.0', 8);
never.addAddress('::', 'ipv6');
never.addSubnet('224.0.0.0', 3);
never.addSubnet('ff00::', 8, 'ipv6');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

export type Reach = 'network' | 'loopback' | 'never';

/** Whether an IP address is on the network, on this machine, or one that is never asked. */
export function reachOf(address: string): Reach {
  const plain = withoutPrefix(address);
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (never.check(plain, family)) return 'never';
  return loopback.check(plain, family) ? 'loopback' : 'network';
}

/** IPv4 inside of IPv6, as mapped (`::ffff:`) or translated (`64:ff9b::`), is that IPv4 address. */
function withoutPrefix(address: string): string {
  const inside = /^(?:::ffff:|64:ff9b::)(?:0:)?(.+)$/i.exec(address)?.[1];
  if (inside === undefined) return address;
  if (isIP(inside) === 4) return inside;
  const words = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(inside);
  if (words === null) return address;
  const [high, low] = [Number.parseInt(words[1] ?? '', 16), Number.parseInt(words[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
