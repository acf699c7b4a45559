import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { compareSync } from 'bcryptjs';
import { type BoundValues, type Draws, type RenderedChart, renderChart } from './index.ts';

const scope = 'production/shop/catalog';

describe('stand-ins', () => {
  const text = [
    'a: {{ randAlphaNum 16 }}',
    'b: {{ randAlphaNum 16 }}',
    'n: {{ randInt 30000 32767 }}',
    'u: {{ uuidv4 }}',
    'r: {{ randBytes 8 }}',
    'p: {{ randNumeric 1 | quote }}',
    's: {{ shuffle "abcdefgh" }}',
    't: {{ now | date "2006-01-02 15:04:05" | quote }}',
    'd: {{ date "2006" "no date" | quote }}',
    'sum: {{ randAlphaNum 5 | sha256sum }}',
    'fixed: {{ "x" | sha256sum }}',
    '{{ $ca := genCA "ca" 365 }}{{ $cert := genSignedCert "web" (list "10.0.0.1") (list "web.shop") 90 $ca }}',
    'ca: {{ $ca.Cert | quote }}',
    'cert: {{ $cert.Cert | quote }}',
    'key: {{ $cert.Key | quote }}',
    'rsa: {{ genPrivateKey "rsa" | quote }}',
  ].join('\n');

  test('of one seed are the same in every rendering, and those of another differ in all that is drawn', () => {
    const first = linesOf(render(text, standIn('first')));
    expect(linesOf(render(text, standIn('first')))).toEqual(first);
    const second = linesOf(render(text, standIn('second')));
    const same = [...first].filter(([key, value]) => second.get(key) === value).map(([key]) => key);
    expect(same).toEqual(['fixed']);
    expect(first.get('a')).toMatch(/^[0-9A-Za-z]{16}$/);
    expect(first.get('a')).not.toBe(first.get('b'));
    expect(Number(first.get('n'))).toBeGreaterThanOrEqual(30_000);
    expect(first.get('u')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('of certificates are certificates, of the subject and for the time asked for', () => {
    const cert = new X509Certificate(JSON.parse(linesOf(render(text, standIn('first'))).get('cert') ?? ''));
    expect(cert.subject).toBe('CN=web');
    expect(cert.subjectAltName).toBe('DNS:web.shop, IP Address:10.0.0.1');
    expect(Date.parse(cert.validTo) - Date.parse(cert.validFrom)).toBe(90 * 86_400_000);
  });

  test('are told with where they were drawn and what they gave, and not moved by lines before them', () => {
    const of = (source: string) => render(source, standIn('first')).drawn?.draws;
    const [draw] = of('\n\nx: {{ randAlpha 4 }}') ?? [];
    expect(draw).toEqual({
      id: 'web/templates/a.yaml randAlpha 1',
      function: 'randAlpha',
      place: 'web/templates/a.yaml:3',
      texts: [expect.stringMatching(/^[A-Za-z]{4}$/)],
      authority: undefined,
    });
    expect(of('x: {{ randAlpha 4 }}')?.[0]).toEqual({ ...draw, place: 'web/templates/a.yaml:1' });
  });

  test('a certificate names the call that made its authority', () => {
    const draws = render(text, standIn('first')).drawn?.draws ?? [];
    const signed = draws.find((draw) => draw.function === 'genSignedCert');
    expect(signed?.authority).toBe('web/templates/a.yaml genCA 1');
  });

  test('say whether the clock was read', () => {
    expect(render('a: 1', standIn('first')).drawn).toEqual({ draws: [], readsClock: false, unsignable: [] });
    expect(render('a: {{ htmlDate "x" }}', standIn('first')).drawn?.readsClock).toBe(true);
  });

  test('are as wrong as what they stand for', () => {
    expect(() => render('a: {{ randInt 5 5 }}', standIn('first'))).toThrow('invalid argument to Intn');
    expect(() => render('a: {{ (genSelfSignedCert "x" (list "1.2.3") nil 1).Cert }}', standIn('first'))).toThrow(
      'error parsing ip',
    );
    expect(render('a: {{ genPrivateKey "none" }}', standIn('first')).objects[0]?.content).toBe('a: Unknown type none');
  });
});

describe('salts', () => {
  const text =
    'a: {{ bcrypt .Values.password }}\nb: {{ bcrypt .Values.password }}\nc: {{ encryptAES "k" .Values.password }}';
  const values = (password: string) => ({ set: [`password=${password}`] });

  test('are the same as long as the arguments are, also where values are bound', () => {
    const lines = linesOf(render(text, standIn('first'), values('secret')));
    expect(linesOf(render(text, standIn('second'), values('secret')))).toEqual(lines);
    expect(linesOf(render(text, bound({}), values('secret')))).toEqual(lines);
    expect(compareSync('secret', lines.get('a') ?? '')).toBe(true);
    expect(lines.get('a')).not.toBe(lines.get('b'));
    const changed = linesOf(render(text, bound({}), values('other')));
    expect([...lines].every(([key, value]) => changed.get(key) !== value)).toBe(true);
  });

  test('differ between releases', () => {
    const elsewhere = linesOf(render(text, { ...bound({}), scope: 'staging/shop/catalog' }, values('secret')));
    expect(elsewhere.get('a')).not.toBe(linesOf(render(text, bound({}), values('secret'))).get('a'));
  });

  test('of encrypted texts that begin alike begin differently', () => {
    const start = (password: string) =>
      linesOf(render(text, bound({}), values(password)))
        .get('c')
        ?.slice(0, 20);
    expect(start('secret-1')).not.toBe(start('secret-2'));
  });
});

describe('bound values', () => {
  test('come out again where they were drawn, and what follows from them follows', () => {
    const text =
      'a: {{ $p := randAlphaNum 8 }}{{ $p }}\nsum: {{ $p | sha256sum }}\nn: {{ randInt 1 9 }}\nu: {{ uuidv4 }}';
    const known = { 'web/templates/a.yaml randAlphaNum 1': ['hunter2'], 'web/templates/a.yaml randInt 1': ['7'] };
    const lines = linesOf(render(text, bound(known)));
    expect(lines.get('a')).toBe('hunter2');
    expect(lines.get('sum')).toBe('f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7');
    expect(lines.get('n')).toBe('7');
    expect(lines.get('u')).not.toBe(linesOf(render(text, bound(known))).get('u'));
  });

  const signed = (names: string, days = 365) =>
    [
      `{{ $ca := genCA "ca" ${days} }}{{ $cert := genSignedCert "web" nil (list ${names}) 90 $ca }}`,
      'ca: {{ $ca.Cert | quote }}\ncert: {{ $cert.Cert | quote }}\nkey: {{ $cert.Key | quote }}\nrest: 1',
    ].join('');
  const drawn = linesOf(render(signed('"web.shop"'), bound({})));
  const pem = (key: string) => JSON.parse(drawn.get(key) ?? '""') as string;
  const known = {
    'web/templates/a.yaml genCA 1': [pem('ca'), undefined],
    'web/templates/a.yaml genSignedCert 1': [pem('cert'), pem('key')],
  };

  test('of a certificate are kept with their authority, of which only the certificate is known', () => {
    const again = render(signed('"web.shop"'), bound(known));
    expect(linesOf(again)).toEqual(drawn);
    expect(again.drawn?.unsignable).toEqual([]);
  });

  test('of a certificate for other names are not, and then its authority is named, whose key is lost', () => {
    expect(render(signed('"web.shop" "new.shop"'), bound(known)).drawn?.unsignable).toEqual([
      'web/templates/a.yaml genCA 1',
    ]);
  });

  test('of an authority that is to last longer are not kept, nor what it signed', () => {
    const lines = linesOf(render(signed('"web.shop"', 730), bound(known)));
    expect(lines.get('ca')).not.toBe(drawn.get('ca'));
    expect(lines.get('cert')).not.toBe(drawn.get('cert'));
    const [ca, cert] = ['ca', 'cert'].map((key) => new X509Certificate(JSON.parse(lines.get(key) ?? '')));
    expect(cert?.verify(ca?.publicKey as never)).toBe(true);
  });

  test('that are no certificates are not taken for any', () => {
    const broken = { 'web/templates/a.yaml genCA 1': ['none', 'none'] };
    expect(linesOf(render(signed('"web.shop"'), bound(broken))).get('ca')).toContain('BEGIN CERTIFICATE');
  });
});

function standIn(seed: 'first' | 'second'): Draws {
  return { kind: 'stand-in', seed, scope };
}

function bound(values: Readonly<Record<string, readonly (string | undefined)[]>>): Draws {
  const known: BoundValues = new Map(Object.entries(values));
  return { kind: 'bound', values: known, scope };
}

function render(template: string, draws: Draws, values: { readonly set?: readonly string[] } = {}): RenderedChart {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return renderChart({
    source: {
      kind: 'folder',
      files: new Map([
        ['Chart.yaml', bytes('apiVersion: v2\nname: web\nversion: 1.0.0\n')],
        ['templates/a.yaml', bytes(template)],
      ]),
    },
    values,
    release: { name: 'r', namespace: 'n' },
    world: {
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      now: () => 1_700_000_000_000_000_000n,
      timeZone: 'UTC',
    },
    draws,
  });
}

/** `key: value` lines of the one object. */
function linesOf({ objects }: RenderedChart): ReadonlyMap<string, string> {
  const lines = (objects[0]?.content ?? '').split('\n').filter((line) => /^\w+: /.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
}
