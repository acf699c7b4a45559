import { fromText } from '../bytes.ts';
import { compileExpression } from '../functions/regex/expression.ts';

/** The `format`s that Helm's schema library checks up to draft 7. Others are not checked by either. */
export const schemaFormats: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  time: isTime,
  'date-time': (text) => /^[^tT]{10}[tT]/.test(text) && isDate(text.slice(0, 10)) && isTime(text.slice(11)),
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: (text) => isUri(text) && /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text),
  iri: (text) => isUri(text) && /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text),
  'uri-reference': isUri,
  'iri-reference': isUri,
  uuid: (text) => /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text),
  regex: isExpression,
  'json-pointer': (text) => /^(?:\/(?:[^~/]|~[01])*)*$/.test(text),
  duration: (text) => /^P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/.test(text),
};

function isExpression(text: string): boolean {
  try {
    compileExpression(fromText(text));
    return true;
  } catch {
    return false;
  }
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
}

function isTime(text: string): boolean {
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|[+-](\d{2}):(\d{2}))$/.exec(text);
  if (match === null) return false;
  const [hour, minute, second, zoneHour, zoneMinute] = match.slice(1).map((part) => Number(part ?? 0));
  return (
    (hour ?? 0) < 24 && (minute ?? 0) < 60 && (second ?? 0) <= 60 && (zoneHour ?? 0) < 24 && (zoneMinute ?? 0) < 60
  );
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64 || text.length > 254) return false;
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  const localFits =
    /^"[^"]*"$/.test(local) || /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local);
  return localFits && (/^\[.*\]$/.test(domain) ? isAddress(domain.slice(1, -1)) : isHostname(domain));
}

function isAddress(text: string): boolean {
  return text.startsWith('IPv6:') ? isIpv6(text.slice(5)) : isIpv4(text);
}

function isHostname(text: string): boolean {
  const name = text.replace(/\.$/, '');
  return (
    name.length <= 253 &&
    name.split('.').every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
  );
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  if (!text.includes(':')) return false;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const all = [...groups(head), ...groups(tail ?? '')];
  const last = all.at(-1);
  const embedded = last?.includes('.') === true;
  if (embedded && !isIpv4(last ?? '')) return false;
  const plain = embedded ? all.slice(0, -1) : all;
  const count = plain.length + (embedded ? 2 : 0);
  return plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) && (tail === undefined ? count === 8 : count < 8);
}

function isUri(text: string): boolean {
  return !/[\s<>"{}|\\^`]|%(?![0-9a-fA-F]{2})/.test(text);
}
