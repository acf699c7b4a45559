/** Values that a chart draws, from the command line to a real API server: drawn once, and kept. */
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compareSync } from 'bcryptjs';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { GitFixture } from '../support/git-fixture.ts';

const helpers = `{{- define "shop.data" -}}
{{- if not .Values.drawn }}{{ $_ := set .Values "drawn" (randAlphaNum 16) }}{{ end -}}
password: {{ .Values.drawn | quote }}
url: {{ printf "amqp://shop:%s@%s" .Values.drawn .Values.host | quote }}
level: {{ .Values.level | quote }}
{{- end -}}
`;

const secret = `apiVersion: v1
kind: Secret
metadata: { name: db }
stringData:
{{ include "shop.data" . | indent 2 }}
  htpasswd: {{ htpasswd "admin" .Values.drawn | quote }}
`;

const certificates = `{{- $ca := genCA "shop" 365 -}}
{{- $web := genSignedCert "web" nil (list .Values.host) 90 $ca -}}
apiVersion: v1
kind: Secret
metadata: { name: tls }
type: kubernetes.io/tls
data:
  tls.crt: {{ $web.Cert | b64enc }}
  tls.key: {{ $web.Key | b64enc }}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: ca }
data:
  ca.crt: {{ $ca.Cert | quote }}
  level: {{ .Values.level | quote }}
  installed: {{ now | date "2006-01-02 15:04:05" | quote }}
`;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web }
      annotations: { sum: {{ include "shop.data" . | sha256sum }} }
    spec: { containers: [{ name: app, image: "registry.test/app:1" }] }
`;

describeOnBed('values that a chart draws', (bed) => {
  const git = new GitFixture();
  const folder = join(git.directory, 'shop');
  let namespace = '';
  beforeAll(() => {
    namespace = makeNamespace(bed());
    mkdirSync(folder);
    git.git(folder, 'init', '--quiet');
    // What pushgate rbac gives to the planner of a release with Secrets; the admission policy lets it try only.
    kubectl(bed(), [
      'create',
      'role',
      'plan-secrets',
      '-n',
      namespace,
      '--verb=get,list,patch,create',
      '--resource=secrets',
    ]);
    kubectl(bed(), [
      'create',
      'rolebinding',
      'plan-secrets',
      '-n',
      namespace,
      '--role=plan-secrets',
      '--group=pushgate:planners',
    ]);
    const config = `version: 1
defaults: { namespace: ${namespace} }
releases:
  - { name: shop, chart: chart }
environments:
  production: { cluster: {}, refs: [main], gate: { mode: none } }
`;
    const chart = {
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'chart/templates/_helpers.tpl': helpers,
      'chart/templates/secret.yaml': secret,
      'chart/templates/certificates.yaml': certificates,
      'chart/templates/deployment.yaml': deployment,
    };
    git.commit(folder, { 'pushgate.yaml': config, ...chart }, 'The shop');
    values('web.shop', 'info');
  });
  afterAll(() => {
    dropNamespace(bed(), namespace);
    git[Symbol.dispose]();
  });

  const values = (host: string, level: string): void =>
    void git.commit(folder, { 'chart/values.yaml': `host: ${host}\nlevel: ${level}\n` }, `${host} ${level}`);

  const run = (login: 'planner' | 'applier', ...words: readonly string[]): string => {
    const cli = join(import.meta.dirname, '../../src/cli.ts');
    const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...git.variables, KUBECONFIG: bed().kubeconfigs[login] },
    });
    expect(`${done.status} ${done.stderr}`).toMatch(/^0 /);
    return done.stdout;
  };

  interface Shown {
    readonly digest: string;
    readonly changes: readonly string[];
  }

  const plan = (login: 'planner' | 'applier' = 'planner'): Shown => {
    const output = run(login, 'plan', '--output', 'json');
    const [{ plan: shown }] = (JSON.parse(output) as { environments: [{ plan: PlanJson }] }).environments;
    const changes = shown.releases.flatMap((release) => release.changes);
    const lines = changes.flatMap(({ key, action, fields }) =>
      action === 'update'
        ? fields.map(({ path, to }) => `${key.kind} ${path} → ${to ?? ''}`)
        : [`${action} ${key.kind} ${key.name}`],
    );
    const text = Object.values(state().secrets).flatMap((data) => Object.values(data));
    for (const value of text.filter((one) => one.length > 8)) expect(output).not.toContain(value);
    return { digest: shown.digest, changes: lines.sort() };
  };

  const data = (kind: string, name: string): Record<string, string> => {
    const found = kubectl(bed(), ['get', kind, name, '-n', namespace, '-o', 'jsonpath={.data}', '--ignore-not-found']);
    const all = found === '' ? {} : (JSON.parse(found) as Record<string, string>);
    const decoded = (value: string): string => (kind === 'secret' ? Buffer.from(value, 'base64').toString() : value);
    return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, decoded(value)]));
  };
  const state = () => ({
    secrets: { db: data('secret', 'db'), tls: data('secret', 'tls') },
    ca: data('configmap', 'ca'),
    sum: kubectl(bed(), [
      'get',
      'deployment',
      'web',
      '-n',
      namespace,
      '-o',
      'jsonpath={.spec.template.metadata.annotations.sum}',
      '--ignore-not-found',
    ]),
  });
  const sumOf = ({ secrets: { db } }: ReturnType<typeof state>): string => {
    const text = ['password', 'url', 'level'].map((key) => `${key}: ${JSON.stringify(db[key])}`).join('\n');
    return createHash('sha256').update(text).digest('hex');
  };
  const isWhole = ({ secrets: { db, tls }, ca }: ReturnType<typeof state>): boolean => {
    const [user, hash] = (db['htpasswd'] ?? '').split(':');
    const web = new X509Certificate(tls['tls.crt'] ?? '');
    return (
      user === 'admin' &&
      compareSync(db['password'] ?? '', hash ?? '') &&
      (db['url'] ?? '').includes(`:${db['password']}@`) &&
      web.verify(new X509Certificate(ca['ca.crt'] ?? '').publicKey)
    );
  };

  test('are shown as generated at apply, twice with one digest, and then they are there and agree', () => {
    const shown = plan();
    expect(shown.changes).toEqual([
      'create ConfigMap ca',
      'create Deployment web',
      'create Secret db',
      'create Secret tls',
    ]);
    expect(plan('applier').digest).toBe(shown.digest);
    run('applier', 'apply', '--expect-digest', shown.digest);
    expect(state().secrets.db['password']).toMatch(/^[0-9A-Za-z]{16}$/);
    expect(isWhole(state())).toBe(true);
    expect(state().sum).toBe(sumOf(state()));
  });

  test('are not changed by another run', () => {
    const before = state();
    expect(plan().changes).toEqual([]);
    run('applier', 'apply');
    expect(state()).toEqual(before);
  });

  test('stay when something else changes, and what follows from both follows', () => {
    const before = state();
    values('web.shop', 'debug');
    const shown = plan();
    expect(shown.changes).toEqual([
      'ConfigMap data.level → debug',
      'Deployment spec.template.metadata.annotations.sum → ‹generated at apply›',
      'Secret data.level → ‹masked›',
    ]);
    run('applier', 'apply', '--expect-digest', shown.digest);
    const after = state();
    expect(after.secrets).toEqual({ ...before.secrets, db: { ...before.secrets.db, level: 'debug' } });
    expect(after.ca).toEqual({ ...before.ca, level: 'debug' });
    expect(after.sum).toBe(sumOf(after));
    expect(plan().changes).toEqual([]);
  });

  test('go into a new text as they are, and a certificate for another name comes with its authority', () => {
    const before = state();
    values('new.shop', 'debug');
    const shown = plan();
    expect(shown.changes).toEqual([
      'ConfigMap data["ca.crt"] → ‹generated at apply›',
      'Deployment spec.template.metadata.annotations.sum → ‹generated at apply›',
      'Secret data.url → ‹generated at apply›',
      'Secret data["tls.crt"] → ‹generated at apply›',
      'Secret data["tls.key"] → ‹generated at apply›',
    ]);
    run('applier', 'apply', '--expect-digest', shown.digest);
    const after = state();
    expect(after.secrets.db).toEqual({
      ...before.secrets.db,
      url: `amqp://shop:${before.secrets.db['password']}@new.shop`,
    });
    expect(new X509Certificate(after.secrets.tls['tls.crt'] ?? '').subjectAltName).toBe('DNS:new.shop');
    expect(isWhole(after)).toBe(true);
    expect(after.ca['installed']).toBe(before.ca['installed']);
    expect(plan().changes).toEqual([]);
  });

  test('are drawn anew with all that follows when somebody deletes them', () => {
    const before = state();
    kubectl(bed(), ['delete', 'secret', 'db', '-n', namespace]);
    const shown = plan();
    expect(shown.changes).toContain('create Secret db');
    expect(shown.changes).toContain('Deployment spec.template.metadata.annotations.sum → ‹generated at apply›');
    run('applier', 'apply', '--expect-digest', shown.digest);
    const after = state();
    expect(after.secrets.db['password']).not.toBe(before.secrets.db['password']);
    expect([isWhole(after), after.sum]).toEqual([true, sumOf(after)]);
    expect(plan().changes).toEqual([]);
  });
});

interface PlanJson {
  readonly digest: string;
  readonly releases: readonly {
    readonly changes: readonly {
      readonly key: { readonly kind: string; readonly name: string };
      readonly action: string;
      readonly fields: readonly { readonly path: string; readonly to?: string }[];
    }[];
  }[];
}
