/** Logins and ways to a real API server that fail, and what a person is told; and the proxies that lead there. */
import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatProblem } from '../../src/problem.ts';
import { valueAt } from '../../src/resource/resource.ts';
import { makeAuthority, signCertificate } from '../bed/certificates.ts';
import { clientAuthority } from '../bed/control-plane.ts';
import { logins } from '../bed/logins.ts';
import { describeOnBed } from '../bed/suites.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { base64, clientWith, credential, folder, kubeconfig, program, selfOf, whoAmI, write } from './kubeconfigs.ts';
import { problem } from './support.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeOnBed('a login that fails', (bed) => {
  const ca = () => ({ 'certificate-authority-data': base64(bed().certificateAuthority) });
  const cluster = () => ({ server: bed().server, ...ca() });
  const token = logins.planner.token;
  const by = (user: object, more: object = {}): string => kubeconfig({ cluster: { ...cluster(), ...more }, user });
  const told = async (options: Parameters<typeof whoAmI>[0]): Promise<string> =>
    formatProblem(await problem(whoAmI(options)));
  const certificates = (signed: { readonly certificate: string; readonly key: string }) => ({
    'client-certificate-data': base64(signed.certificate),
    'client-key-data': base64(signed.key),
  });

  test('because its certificate ended says since when', async () => {
    const ended = certificates(signCertificate(clientAuthority(bed()), 'ada', { days: -1 }));
    expect(await told({ kubeconfig: by(ended) })).toMatch(
      /^✖ unauthenticated: .*login "u" of context "x" \(401\): its certificate ended at \d{4}-\d\d-\d\dT[\d:]+Z\n/,
    );
  });

  test('because its token ended says since when, and one that was never good that it is not known', async () => {
    const claims = Buffer.from(JSON.stringify({ iss: 'kubernetes', exp: 1_700_000_000 })).toString('base64url');
    const said = await told({ kubeconfig: by({ token: `e30.${claims}.c2ln` }) });
    expect(said).toContain('its token ended at 2023-11-14T22:13:20Z');
    expect(said).not.toContain(claims);
    expect(await told({ kubeconfig: by({ token: 'sha256~no-such-token' }) })).toContain('does not know the login "u"');
  });

  test('because its certificate and key are no pair, or no certificates at all, names the kubeconfig', async () => {
    const [one, other] = ['ada', 'bob'].map((name) => signCertificate(clientAuthority(bed()), name));
    const mixed = { ...certificates(one as never), 'client-key-data': base64(other?.key ?? '') };
    const broken = { ...certificates(one as never), 'client-certificate-data': base64('no certificate') };
    for (const user of [mixed, broken]) {
      const said = await told({ kubeconfig: by(user) });
      expect(said).toMatch(/^✖ unreachable: no encrypted connection .* \(ERR_OSSL_\w+\)\n/);
      expect(said).toContain('they are not a pair');
    }
    expect(await told({ kubeconfig: by({ 'client-certificate': `${folder}/gone`, 'client-key': '/gone' }) })).toContain(
      `the client certificate of the user "u", ${folder}/gone, cannot be read (ENOENT)`,
    );
  });

  test('because the server is another one says what is wrong with its certificate', async () => {
    const wrong = kubeconfig({
      cluster: { server: bed().server, 'certificate-authority-data': base64(makeAuthority('other').certificate) },
      user: { token },
    });
    expect(await told({ kubeconfig: wrong })).toContain(
      'certificate-authority of the kubeconfig is of another cluster',
    );
    const named = await told({ kubeconfig: by({ token }, { 'tls-server-name': 'api.shop.example.test' }) });
    expect(named).toContain('(ERR_TLS_CERT_ALTNAME_INVALID)\n  It is for another name');
    const right = by({ token }, { 'tls-server-name': 'kubernetes.default.svc' });
    expect(await whoAmI({ kubeconfig: right })).toBe('planner');
    const authority = makeAuthority('own');
    const ended = signCertificate(authority, 'api', { dnsNames: ['localhost'], days: -1 });
    const server = createTlsServer({ cert: ended.certificate, key: ended.key }, () => expect('a request').toBe('sent'));
    const port = await listen(server);
    const there = { server: `https://localhost:${port}`, 'certificate-authority-data': base64(authority.certificate) };
    expect(await told({ kubeconfig: kubeconfig({ cluster: there, user: { token } }) })).toMatch(
      /\(CERT_HAS_EXPIRED\)\n {2}It has ended, .* Nothing was sent\.$/,
    );
    server.close();
  });

  test('because its program does says so, and asks the server nothing', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1';
    const byExec = (script: string) => by({ exec: { apiVersion, command: program('aws', script) } });
    expect(await told({ kubeconfig: byExec('echo "Token has expired: run aws sso login" >&2; exit 255') })).toBe(
      `✖ unauthenticated: the login program "aws", which logs in the user "u", ended with exit code 255
  Token has expired: run aws sso login
  Run \`kubectl auth whoami\` with the same KUBECONFIG in the same job to see it at work.`,
    );
    expect(await told({ kubeconfig: by({ exec: { apiVersion, command: `${folder}/bin/kubelogin` } }) })).toContain(
      'the login program "kubelogin", which logs in the user "u", is not on this machine',
    );
    expect(await told({ kubeconfig: byExec(`echo '${credential({ token: 'expired-token' })}'`) })).toContain(
      'does not know the login "u"',
    );
  });

  test('is made anew in the middle of a run: a token file that was rotated, a program that is asked again', async () => {
    const file = write(token);
    const count = write('');
    const next = `echo x >> ${count}; if [ $(wc -l < ${count}) = 1 ]; then t=${token}; else t=${logins.applier.token}; fi`;
    const answer = credential({ token: '$t' }).replaceAll('"', '\\"');
    const apiVersion = 'client.authentication.k8s.io/v1';
    const exec = { apiVersion, command: program('aws', `${next}\necho "${answer}"`) };
    for (const user of [{ tokenFile: file }, { exec }]) {
      await using proxy = await startFaultProxy(bed());
      const client = clientWith({
        kubeconfig: kubeconfig({ cluster: { server: proxy.url, 'insecure-skip-tls-verify': true }, user }),
      });
      expect(valueAt(await selfOf(client), ['username'])).toBe('planner');
      writeFileSync(file, logins.applier.token);
      proxy.inject(({ index }) => (index === 0 ? { kind: 'status', status: 401, when: 'before' } : undefined));
      expect(valueAt(await selfOf(client), ['username'])).toBe('applier');
    }
  });

  test('acts as somebody with uid, groups and all that is said of them', async () => {
    const acting = {
      as: 'ada',
      'as-uid': '7',
      'as-groups': ['shop', 'on-call'],
      'as-user-extra': { team: ['a', 'b'] },
    };
    const client = clientWith({ kubeconfig: by({ token: logins.administrator.token, ...acting }) });
    expect(await selfOf(client)).toMatchObject({
      username: 'ada',
      uid: '7',
      groups: expect.arrayContaining(['shop', 'on-call']),
      extra: { team: ['a', 'b'] },
    });
  });

  describe('behind a proxy', () => {
    const servers: Server[] = [];
    const sockets: Socket[] = [];
    const seen: string[] = [];
    const target = () => Number(new URL(bed().server).port);
    /** Named by the proxy alone; the certificate of the bed is for another name. */
    const named = (proxy: object = {}) => ({
      ...ca(),
      ...{ server: `https://api.shop.example.test:${target()}`, 'tls-server-name': 'kubernetes.default.svc' },
      ...proxy,
    });
    const through = (url: string, user: object = { token }): string =>
      kubeconfig({ cluster: named({ 'proxy-url': url }), user });

    async function proxy(answer: (head: string, socket: Socket) => string | undefined): Promise<number> {
      const server = createServer((socket) => {
        sockets.push(socket);
        socket.on('error', () => undefined);
        socket.once('data', (head: Buffer) => {
          seen.push(head.toString('latin1'));
          const said = answer(head.toString('latin1'), socket);
          if (said !== undefined) return void socket.end(said);
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          tunnel(socket);
        });
      });
      servers.push(server);
      return await listen(server);
    }

    function tunnel(socket: Socket): void {
      const onward = connect(target(), '127.0.0.1');
      sockets.push(onward);
      onward.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
    }

    /** RFC 1928 without a login: the greeting, then the address by name. */
    async function socks(): Promise<number> {
      const server = createServer((socket) => {
        sockets.push(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.once('data', (request: Buffer) => {
            seen.push(request.subarray(5, 5 + (request[4] ?? 0)).toString());
            socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
            tunnel(socket);
          });
          socket.write(Buffer.from([5, 0]));
        });
      });
      servers.push(server);
      return await listen(server);
    }

    beforeAll(() => {
      seen.length = 0;
    });
    afterAll(() => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    });

    test('that wants a login is given it, and it is nowhere told', async () => {
      const port = await proxy((head) =>
        new RegExp(`proxy-authorization: Basic ${base64('ci:canary-pw')}`, 'i').test(head)
          ? undefined
          : 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n',
      );
      expect(await whoAmI({ kubeconfig: through(`http://ci:canary-pw@127.0.0.1:${port}`) })).toBe('planner');
      const said = await told({ kubeconfig: through(`http://ci:canary-other@127.0.0.1:${port}`) });
      expect(said).toMatch(/^✖ unreachable: .* through the proxy http:\/\/127\.0\.0\.1:\d+ \(it answered 407\)\n/);
      expect(said).toContain('NO_PROXY names what is reached without it');
      expect(said).not.toContain('canary');
      expect(seen.every((head) => !head.includes(token))).toBe(true);
    });

    test('that refuses, is not there, or is none, is named instead of the server', async () => {
      const port = await proxy(() => 'HTTP/1.1 403 Forbidden\r\n\r\n');
      expect(await told({ kubeconfig: through(`http://127.0.0.1:${port}`) })).toMatch(/through the proxy .*403/);
      const cut = await proxy((_head, socket) => {
        socket.destroy();
        return '';
      });
      expect(await told({ kubeconfig: through(`http://127.0.0.1:${cut}`) })).toMatch(/through the proxy .*ECONNRESET/);
      expect(await told({ kubeconfig: through('http://127.0.0.1:1') })).toMatch(/through the proxy .*ECONNREFUSED/);
      expect(await told({ kubeconfig: through('proxy.test:3128') })).toContain('proxy');
    });

    test('of SOCKS is spoken to, which resolves the name of the server', async () => {
      const port = await socks();
      seen.length = 0;
      expect(await whoAmI({ kubeconfig: through(`socks5://127.0.0.1:${port}`) })).toBe('planner');
      expect(new Set(seen)).toEqual(new Set(['api.shop.example.test']));
    });

    test('of the kubeconfig comes before one of the environment, also for what a login program made', async () => {
      const own = await proxy(() => undefined);
      const other = await proxy(() => 'HTTP/1.1 502 Bad Gateway\r\n\r\n');
      const signed = signCertificate(clientAuthority(bed()), 'ada');
      const status = { clientCertificateData: signed.certificate, clientKeyData: signed.key };
      const answer = write(credential(status));
      const exec = {
        ...{ apiVersion: 'client.authentication.k8s.io/v1', provideClusterInfo: true },
        command: program('tsh', `case "$KUBERNETES_EXEC_INFO" in *proxy-url*${own}*) cat ${answer} ;; esac`),
      };
      const proxies = { https: `http://127.0.0.1:${other}`, http: undefined, no: undefined };
      const options = { kubeconfig: through(`http://127.0.0.1:${own}`, { exec }), proxies };
      expect(await whoAmI(options)).toBe('ada');
    });
  });

  test('is not asked of a cluster whose kubeconfig names no server', async () => {
    const said = await told({ kubeconfig: kubeconfig({ cluster: {}, user: { token } }) });
    expect(said).toContain('the cluster "c" has no server');
  });
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}
