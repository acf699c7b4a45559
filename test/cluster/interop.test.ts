/** Logins and addresses as platforms hand them out, each spoken to a real API server. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeAuthority, signCertificate } from '../bed/certificates.ts';
import { clientAuthority } from '../bed/control-plane.ts';
import { logins } from '../bed/logins.ts';
import { kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { serviceAccount } from '../support/bed-login.ts';
import { base64, credential, folder, kubeconfig, program, whoAmI, write } from './kubeconfigs.ts';
import { problem } from './support.ts';

describeOnBed('a login of a platform', (bed) => {
  let namespace = '';
  beforeAll(() => {
    namespace = makeNamespace(bed());
  });
  const ca = () => ({ 'certificate-authority-data': base64(bed().certificateAuthority) });
  const cluster = () => ({ server: bed().server, ...ca() });
  const token = logins.planner.token;
  const byExec = (exec: object): string => kubeconfig({ cluster: cluster(), user: { exec } });

  test('EKS: aws eks get-token, told which version of the answer is wanted', async () => {
    const script = `test "$*" = "--region eu-west-1 eks get-token --cluster-name shop --output json"
test "$AWS_PROFILE" = prod
case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1beta1*) ;; *) exit 3 ;; esac
echo '${credential({ token, expirationTimestamp: '2099-01-01T00:00:00Z' }, 'v1beta1')}'`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: program('aws', script),
      args: ['--region', 'eu-west-1', 'eks', 'get-token', '--cluster-name', 'shop', '--output', 'json'],
      env: [{ name: 'AWS_PROFILE', value: 'prod' }],
      interactiveMode: 'IfAvailable',
      provideClusterInfo: false,
    };
    expect(await whoAmI({ kubeconfig: byExec(exec) })).toBe('planner');
  });

  test('GKE: gke-gcloud-auth-plugin, told about the cluster', async () => {
    const script = `case "$KUBERNETES_EXEC_INFO" in *'"server":"${bed().server}"'*) ;; *) exit 3 ;; esac
case "$KUBERNETES_EXEC_INFO" in *certificate-authority-data*) ;; *) exit 4 ;; esac
echo '${credential({ token }, 'v1beta1')}'`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: program('gke-gcloud-auth-plugin', script),
      installHint: 'Install gke-gcloud-auth-plugin',
      provideClusterInfo: true,
    };
    expect(await whoAmI({ kubeconfig: byExec(exec) })).toBe('planner');
  });

  test('AKS: kubelogin', async () => {
    const script = `test "$1 $2" = "get-token --login"; echo '${credential({ token }, 'v1beta1')}'`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: program('kubelogin', script),
      args: ['get-token', '--login', 'workloadidentity', '--server-id', '6dae42f8'],
      env: null,
      provideClusterInfo: false,
    };
    expect(await whoAmI({ kubeconfig: byExec(exec) })).toBe('planner');
  });

  test('a program that answers with a certificate', async () => {
    const signed = signCertificate(clientAuthority(bed()), 'ada');
    const status = { clientCertificateData: signed.certificate, clientKeyData: signed.key };
    const answer = write(credential(status));
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: program('tsh', `cat ${answer}`) };
    expect(await whoAmI({ kubeconfig: byExec(exec) })).toBe('ada');
  });

  test('a program that is not on the list is refused by name, and not started', async () => {
    const trace = join(folder, 'started');
    const path = program('my-login', `touch ${trace}; echo '${credential({ token })}'`);
    const refused = await problem(whoAmI({ kubeconfig: byExec({ apiVersion: 'v1', command: path }) }));
    expect([refused.reason, refused.message]).toEqual(['config-invalid', expect.stringContaining('my-login')]);
    expect(() => readFileSync(trace)).toThrow('ENOENT');
  });

  test('minikube and kubeadm: certificates, as files and inside', async () => {
    const signed = signCertificate(clientAuthority(bed()), 'minikube-user');
    const names = { cluster: 'minikube', user: 'minikube', context: 'minikube' };
    const minikube = kubeconfig({
      names,
      cluster: {
        'certificate-authority': write(bed().certificateAuthority),
        extensions: [{ extension: { provider: 'minikube.sigs.k8s.io' }, name: 'cluster_info' }],
        server: bed().server,
      },
      user: { 'client-certificate': write(signed.certificate), 'client-key': write(signed.key) },
    });
    expect(await whoAmI({ kubeconfig: minikube, context: 'minikube' })).toBe('minikube-user');
    const kind = kubeconfig({
      names: { cluster: 'kind-kind', user: 'kind-kind', context: 'kind-kind' },
      cluster: cluster(),
      user: { 'client-certificate-data': base64(signed.certificate), 'client-key-data': base64(signed.key) },
    });
    expect(await whoAmI({ kubeconfig: kind })).toBe('minikube-user');
  });

  test('a certificate of another authority is not taken', async () => {
    const other = signCertificate(makeAuthority('somebody'), 'admin');
    const user = { 'client-certificate-data': base64(other.certificate), 'client-key-data': base64(other.key) };
    expect((await problem(whoAmI({ kubeconfig: kubeconfig({ cluster: cluster(), user }) }))).reason).toBe(
      'unauthenticated',
    );
  });

  test('k3s: everything is called default', async () => {
    const names = { cluster: 'default', user: 'default', context: 'default' };
    const signed = signCertificate(clientAuthority(bed()), 'system-admin');
    const user = { 'client-certificate-data': base64(signed.certificate), 'client-key-data': base64(signed.key) };
    expect(await whoAmI({ kubeconfig: kubeconfig({ names, cluster: cluster(), user }) })).toBe('system-admin');
  });

  test('OpenShift: oc login, with slashes and colons in its names', async () => {
    const names = { cluster: 'api-shop:6443', user: 'ada/api-shop:6443', context: 'shop/api-shop:6443/ada' };
    const path = kubeconfig({ names, cluster: cluster(), user: { token } });
    expect(await whoAmI({ kubeconfig: path, context: names.context })).toBe('planner');
  });

  test('a pod: the files of its service account', async () => {
    const { token: own } = serviceAccount(bed(), namespace, 'runner');
    const files = join(folder, 'service-account');
    mkdirSync(files);
    writeFileSync(join(files, 'token'), own);
    writeFileSync(join(files, 'ca.crt'), bed().certificateAuthority);
    const { hostname, port } = new URL(bed().server);
    const inCluster = { host: hostname, port, serviceAccount: files };
    expect(await whoAmI({ inCluster })).toBe(`system:serviceaccount:${namespace}:runner`);
    const refused = await problem(whoAmI({ inCluster, context: 'prod' }));
    expect(refused.message).toContain('context "prod"');
  });

  test('a token file is read when the login is made, so a rotated one is taken', async () => {
    const file = write('expired');
    const path = kubeconfig({ cluster: cluster(), user: { tokenFile: file } });
    expect((await problem(whoAmI({ kubeconfig: path }))).reason).toBe('unauthenticated');
    writeFileSync(file, `${token}\n`);
    expect(await whoAmI({ kubeconfig: path })).toBe('planner');
  });

  test('acting as somebody else needs the right to, and is that somebody', async () => {
    const user = { token: logins.administrator.token, as: 'ada', 'as-groups': ['shop'] };
    expect(await whoAmI({ kubeconfig: kubeconfig({ cluster: cluster(), user }) })).toBe('ada');
    const lesser = kubeconfig({ cluster: cluster(), user: { token, as: 'system:admin' } });
    expect(['forbidden', 'unauthenticated']).toContain((await problem(whoAmI({ kubeconfig: lesser }))).reason);
  });

  test('a server whose authority is not the one of the kubeconfig is refused before anything is sent', async () => {
    const wrong = { server: bed().server, 'certificate-authority-data': base64(makeAuthority('other').certificate) };
    const refused = await problem(whoAmI({ kubeconfig: kubeconfig({ cluster: wrong, user: { token } }) }));
    expect([refused.reason, refused.message]).toEqual(['unreachable', expect.stringContaining('is not the one')]);
    const skipped = { server: bed().server, 'insecure-skip-tls-verify': true };
    expect(await whoAmI({ kubeconfig: kubeconfig({ cluster: skipped, user: { token } }) })).toBe('planner');
  });

  describe('behind something', () => {
    let agent: Server;
    let proxy: Server;
    const tunnels: string[] = [];
    const sockets: Socket[] = [];
    const seen: string[] = [];
    beforeAll(async () => {
      agent = createServer((incoming, outgoing) => {
        seen.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`);
        const known = incoming.headers.authorization === 'Bearer ci:7:job-token';
        if (!known || incoming.url?.startsWith('/k8s-proxy/') !== true) {
          outgoing.writeHead(401).end();
          return;
        }
        const { host: _host, ...headers } = incoming.headers;
        const onward = request(
          `${bed().server}${incoming.url.replace('/k8s-proxy', '')}`,
          {
            method: incoming.method,
            ca: bed().certificateAuthority,
            headers: { ...headers, authorization: `Bearer ${logins.planner.token}` },
          },
          (answer) => {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(outgoing);
          },
        );
        incoming.pipe(onward);
      }).listen(0, '127.0.0.1');
      proxy = createServer().listen(0, '127.0.0.1');
      proxy.on('connect', (incoming, socket: Socket) => {
        tunnels.push(incoming.url ?? '');
        const onward = connect(Number(new URL(bed().server).port), '127.0.0.1');
        sockets.push(socket, onward);
        for (const one of [socket, onward]) one.on('error', () => undefined);
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      await Promise.all([agent, proxy].map((one) => new Promise((resolve) => one.once('listening', resolve))));
    });
    afterAll(() => {
      for (const socket of sockets) socket.destroy();
      for (const server of [agent, proxy]) {
        server.closeAllConnections();
        server.close();
      }
    });
    const portOf = (server: Server): number => (server.address() as AddressInfo).port;

    test("GitLab's agent: its token, and a path before every path", async () => {
      const path = kubeconfig({
        names: { cluster: 'gitlab', user: 'agent:7', context: 'group/project:production' },
        cluster: { server: `http://127.0.0.1:${portOf(agent)}/k8s-proxy/`, 'insecure-skip-tls-verify': true },
        user: { token: 'ci:7:job-token' },
      });
      expect(await whoAmI({ kubeconfig: path, context: 'group/project:production' })).toBe('planner');
      expect(seen.every((line) => line.includes(' /k8s-proxy/ap'))).toBe(true);
    });

    test('a proxy that only the environment names, and not for what NO_PROXY has', async () => {
      const { port } = new URL(bed().server);
      // The name is the proxy's to resolve; the certificate of the bed is for another one.
      const named = {
        server: `https://api.shop.example.test:${port}`,
        'tls-server-name': 'kubernetes.default.svc',
        'certificate-authority-data': base64(bed().certificateAuthority),
      };
      const path = kubeconfig({ cluster: named, user: { token } });
      const https = `http://127.0.0.1:${portOf(proxy)}`;
      const proxies = { https, http: undefined, no: undefined };
      expect(await whoAmI({ kubeconfig: path, proxies })).toBe('planner');
      expect([...new Set(tunnels)]).toEqual([`api.shop.example.test:${port}`]);
      const before = tunnels.length;
      const direct = { ...proxies, no: '.example.test' };
      expect((await problem(whoAmI({ kubeconfig: path, proxies: direct }))).reason).toBe('unreachable');
      expect(tunnels).toHaveLength(before);
    });
  });

  test('kubectl takes the certificates of the bed for the same people', () => {
    const signed = signCertificate(clientAuthority(bed()), 'ada');
    const user = { 'client-certificate-data': base64(signed.certificate), 'client-key-data': base64(signed.key) };
    const path = kubeconfig({ cluster: cluster(), user });
    expect(kubectl(bed(), ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}', '--kubeconfig', path])).toBe(
      'ada',
    );
  });
});
