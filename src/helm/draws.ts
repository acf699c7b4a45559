import { Buffer } from 'node:buffer';
import { createHash, createHmac, createPrivateKey, X509Certificate } from 'node:crypto';
import { type ByteString, fromText, toText } from './bytes.ts';
import { printValue } from './format/print.ts';
import type { CallContext, HelmFunction } from './function.ts';
import { writePrivateKey } from './functions/certificate/keys.ts';
import type { Frame } from './template/run.ts';
import { GoSlice, GoStruct, integer, types, type Value } from './value.ts';

/**
 * What random functions and the clock give.
 *
 * - `stand-in`: values of the right form that depend on nothing but the seed and the call. Renderings with two seeds
 *   differ exactly where something is drawn, or follows from it.
 * - `bound`: the values given for calls, by `Draw.id`; every other call draws.
 *
 * Salts (bcrypt, htpasswd, encryptAES) are never drawn: they depend on `scope`, the call and, where a text is
 * encrypted, on text and key. So the result changes when, and only when, the arguments do.
 */
export type Draws =
  | { readonly kind: 'stand-in'; readonly seed: StandInSeed; readonly scope: string }
  | { readonly kind: 'bound'; readonly values: BoundValues; readonly scope: string };

export type StandInSeed = 'first' | 'second';

/** By `Draw.id`, in the order of `Draw.texts`; undefined for a text that is not known. */
export type BoundValues = ReadonlyMap<string, readonly (string | undefined)[]>;

/** A call that drew. */
export interface Draw {
  /** The same in every rendering of one chart. */
  readonly id: string;
  /** `randAlphaNum` */
  readonly function: string;
  /** `shop/templates/secret.yaml:7` */
  readonly place: string;
  /** What it gave: one text, or certificate and key. */
  readonly texts: readonly string[];
  /** `id` of the call that made the certificate authority which signed this one. */
  readonly authority: string | undefined;
}

/** What a rendering drew. */
export interface DrawLog {
  readonly draws: readonly Draw[];
  readonly readsClock: boolean;
  /**
   * Authorities of which only the certificate was given, and whose key was needed. Their values have to be left out,
   * and the chart rendered again: this rendering holds a certificate that nothing verifies.
   */
  readonly unsignable: readonly string[];
}

interface Drawing {
  /** In place of every call that varies. */
  call(fn: HelmFunction, args: readonly Value[], context: CallContext, frame: Frame): Value;
  now(): bigint;
  log(): DrawLog;
}

/** Times of stand-ins differ in every part, whichever a chart prints. */
const STAND_IN_TIMES: Readonly<Record<StandInSeed, bigint>> = {
  first: BigInt(Date.UTC(2001, 1, 3, 4, 5, 6, 7)) * 1_000_000n,
  second: BigInt(Date.UTC(2012, 10, 21, 17, 38, 49, 123)) * 1_000_000n,
};

/** The calls of one rendering. `now` is the real clock. */
export function drawing(draws: Draws, functions: ReadonlyMap<ByteString, HelmFunction>, now: () => bigint): Drawing {
  const made: Draw[] = [];
  const counts = new Map<string, number>();
  const authorities = new WeakMap<GoStruct, string>();
  const keyless = new WeakSet<GoStruct>();
  const unsignable = new Set<string>();
  let readsClock = false;

  const call = (fn: HelmFunction, args: readonly Value[], context: CallContext, frame: Frame): Value => {
    if (fn.varies === 'salted') return fn.call(args, salted(fn, args, context, nextId(fn, frame)));
    if (fn.varies !== 'random') return fn.call(args, context);
    const id = nextId(fn, frame);
    const authority = args.find((arg) => arg instanceof GoStruct && authorities.has(arg));
    const signer = authority instanceof GoStruct ? authority : undefined;
    const value =
      draws.kind === 'stand-in' ? standIn(fn, args, context, id) : boundOrDrawn(fn, args, context, id, signer);
    made.push({
      id,
      function: fn.name,
      place: placeOf(frame),
      texts: textsOf(value),
      authority: signer === undefined ? undefined : authorities.get(signer),
    });
    if (value instanceof GoStruct) authorities.set(value, id);
    return value;
  };

  /** Counted by file and function, so that a new line, or a call in another file, moves no other call. */
  function nextId(fn: HelmFunction, frame: Frame): string {
    const [outer, inner] = [fileOf(outermost(frame)), fileOf(frame)];
    const name = [outer, ...(inner === outer ? [] : [inner]), fn.name].join(' ');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name} ${count}`;
  }

  function salted(fn: HelmFunction, args: readonly Value[], context: CallContext, id: string): CallContext {
    const [secret] = args;
    // A repeated start of AES-CBC would tell that two texts begin alike.
    const own = fn.name === 'encryptAES' ? createHmac('sha256', String(secret)).update(textOf(args)).digest('hex') : '';
    return { ...context, randomBytes: stream(['salt', draws.scope, id, own]) };
  }

  function standIn(fn: HelmFunction, args: readonly Value[], context: CallContext, id: string): Value {
    const { seed } = draws as Draws & { readonly kind: 'stand-in' };
    const given = certificateCalls.has(fn.name) ? textOf(args) : '';
    const drawn = (which: StandInSeed, attempt: number): Value =>
      seeded(fn, args, { ...context, now: () => STAND_IN_TIMES.first }, [
        which,
        String(attempt),
        draws.scope,
        id,
        given,
      ]);
    const first = drawn('first', 0);
    if (seed === 'first') return first;
    // Where little is drawn, two draws may be the same by chance, and then nothing would show that it is drawn.
    for (let attempt = 0; ; attempt++) {
      const second = drawn('second', attempt);
      if (attempt === 32 || textOf([first]) !== textOf([second])) return second;
    }
  }

  function seeded(fn: HelmFunction, args: readonly Value[], context: CallContext, seed: readonly string[]): Value {
    const own = { ...context, randomBytes: stream(seed) };
    if (fn.name === 'genPrivateKey') {
      const known = ['', 'rsa', 'dsa', 'ecdsa', 'ed25519'].includes(args[0] as string);
      return known ? seededKey(own) : fn.call(args, own);
    }
    const form = certificateCalls.get(fn.name);
    if (form === undefined) return fn.call(args, own);
    // A key that a chart gives may sign differently each time; the stand-in's does not. What follows from the key itself
    // is no concern of the certificate.
    const subject = args.slice(0, form.subject);
    const key = seededKey(own);
    const made = (functions.get(form.like) as HelmFunction).call([...subject, key], own) as GoStruct;
    const givenKey = form.key === undefined ? undefined : args[form.key];
    return givenKey === undefined ? made : certificate(made, made.fields.get('Cert') as Value, givenKey);
  }

  function boundOrDrawn(
    fn: HelmFunction,
    args: readonly Value[],
    context: CallContext,
    id: string,
    signer: GoStruct | undefined,
  ): Value {
    const { values } = draws as Draws & { readonly kind: 'bound' };
    const bound = values.get(id);
    if (certificateCalls.has(fn.name)) return boundCertificate(fn, args, context, { id, bound, signer });
    const [text] = bound ?? [];
    if (text === undefined) return fn.call(args, context);
    if (fn.result.kind !== 'int') return fromText(text);
    return /^-?\d{1,18}$/.test(text) ? integer(types.int, BigInt(text)) : fn.call(args, context);
  }

  function boundCertificate(fn: HelmFunction, args: readonly Value[], context: CallContext, of: BoundPair): Value {
    const { id, signer } = of;
    const form = certificateCalls.get(fn.name) as CertificateCall;
    const [cert, key] = of.bound ?? [];
    const givenKey = form.key === undefined ? undefined : toText(args[form.key] as ByteString);
    const isWhole = cert !== undefined && (key !== undefined || fn.name.startsWith('genCA'));
    if (isWhole && (givenKey === undefined || givenKey === key)) {
      const expected = seeded(fn, args, context, ['first', '0', draws.scope, id]) as GoStruct;
      if (isLike(cert, expected) && isSignedBy(cert, form.authority === undefined ? undefined : args[form.authority])) {
        const pair = certificate(expected, fromText(cert), fromText(key ?? ''));
        if (key === undefined) keyless.add(pair);
        return pair;
      }
    }
    if (signer === undefined || !keyless.has(signer)) return fn.call(args, context);
    unsignable.add(authorities.get(signer) as string);
    return seeded(fn, args, context, ['first', '0', draws.scope, id]);
  }

  return {
    call,
    now: () => {
      readsClock = true;
      return draws.kind === 'stand-in' ? STAND_IN_TIMES[draws.seed] : now();
    },
    log: () => ({ draws: made, readsClock, unsignable: [...unsignable] }),
  };
}

interface BoundPair {
  readonly id: string;
  readonly bound: readonly (string | undefined)[] | undefined;
  readonly signer: GoStruct | undefined;
}

interface CertificateCall {
  /** The function that makes one of the same form with a key of ours. */
  readonly like: string;
  /** How many of the arguments say what is certified. */
  readonly subject: number;
  /** Which argument is the key, if one is given. */
  readonly key?: number;
  /** Which argument is the authority that signs. */
  readonly authority?: number;
}

const certificateCalls: ReadonlyMap<string, CertificateCall> = new Map([
  ['genCA', { like: 'genCAWithKey', subject: 2 }],
  ['genCAWithKey', { like: 'genCAWithKey', subject: 2, key: 2 }],
  ['genSelfSignedCert', { like: 'genSelfSignedCertWithKey', subject: 4 }],
  ['genSelfSignedCertWithKey', { like: 'genSelfSignedCertWithKey', subject: 4, key: 4 }],
  ['genSignedCert', { like: 'genSelfSignedCertWithKey', subject: 4, authority: 4 }],
  ['genSignedCertWithKey', { like: 'genSelfSignedCertWithKey', subject: 4, authority: 4, key: 5 }],
]);

/** The beginning of every Ed25519 key in PKCS#8; 32 bytes of any value follow. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function seededKey(context: CallContext): ByteString {
  const der = Buffer.concat([ED25519_PREFIX, context.randomBytes(32)]);
  return writePrivateKey({ kind: 'ed25519', key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) });
}

function certificate(like: GoStruct, cert: Value, key: Value): GoStruct {
  return new GoStruct(
    like.type,
    new Map([
      ['Cert', cert],
      ['Key', key],
    ]),
  );
}

/** Whether a certificate is what the same call would make again: of the same subject and names, and as long valid. */
function isLike(pem: string, expected: GoStruct): boolean {
  const [one, other] = [pem, toText(expected.fields.get('Cert') as ByteString)].map(certificateOf);
  if (one === undefined || other === undefined) return false;
  return (
    one.subject === other.subject &&
    one.subjectAltName === other.subjectAltName &&
    one.ca === other.ca &&
    lifetime(one) === lifetime(other)
  );
}

function isSignedBy(pem: string, authority: Value | undefined): boolean {
  if (!(authority instanceof GoStruct)) return true;
  const issuer = certificateOf(toText(authority.fields.get('Cert') as ByteString));
  const signed = certificateOf(pem);
  return issuer !== undefined && signed?.verify(issuer.publicKey) === true;
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // What somebody put in place of a certificate is none.
    return undefined;
  }
}

function lifetime({ validFrom, validTo }: X509Certificate): number {
  return Date.parse(validTo) - Date.parse(validFrom);
}

/** Bytes that follow from the words alone. */
function stream(seed: readonly string[]): (count: number) => Uint8Array {
  let block = 0;
  let rest = Buffer.alloc(0);
  return (count) => {
    while (rest.length < count) {
      const next = createHash('sha512')
        .update(JSON.stringify([...seed, block++]))
        .digest();
      rest = Buffer.concat([rest, next]);
    }
    const taken = rest.subarray(0, count);
    rest = rest.subarray(count);
    return taken;
  };
}

/** Certificate and key, or the one text. */
function textsOf(value: Value): readonly string[] {
  if (value instanceof GoStruct) return [...value.fields.values()].map((field) => toText(field as ByteString));
  return [toText(typeof value === 'string' ? value : printValue(value))];
}

/** Arguments as one text that is the same only for the same ones. */
function textOf(values: readonly Value[]): string {
  return JSON.stringify(
    values.map((value) => (value instanceof GoSlice ? value.items.map((item) => textOf([item])) : textsOf(value))),
  );
}

function outermost(frame: Frame): Frame {
  let outer = frame;
  while (outer.caller !== undefined) outer = outer.caller;
  return outer;
}

function fileOf({ definition }: Frame): string {
  return toText(definition.source.name);
}

function placeOf(frame: Frame): string {
  const { definition, node } = frame;
  const { name, text } = definition.source;
  return `${toText(name)}:${text.slice(0, node.pos).split('\n').length}`;
}
