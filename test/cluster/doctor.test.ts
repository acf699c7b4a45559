import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropNamespace, makeNamespace } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { GitFixture } from '../support/git-fixture.ts';

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly text: string;
  readonly mend: string | null;
}

describeOnBed('doctor on a cluster', (bed) => {
  let namespace = '';
  let fixture: GitFixture;
  let shop = '';

  beforeAll(() => {
    namespace = makeNamespace(bed());
    fixture = new GitFixture();
    shop = fixture.repository('shop');
    const config = `version: 1
releases: [{ name: web, namespace: ${namespace}, chart: web }]
environments:
  production: { cluster: { context: bed }, gate: { mode: none } }
  elsewhere: { cluster: { context: nowhere }, gate: { mode: none } }
`;
    const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { a: "1" }\n';
    fixture.commit(shop, { 'pushgate.yaml': config, 'web/a.yaml': object }, 'The shop');
  });
  afterAll(() => {
    dropNamespace(bed(), namespace);
    fixture[Symbol.dispose]();
  });

  function doctor(kubeconfig: string): { readonly exitCode: number | null; readonly findings: readonly Finding[] } {
    const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), 'doctor', '-o', 'json'];
    const env = { ...fixture.variables, KUBECONFIG: kubeconfig } as NodeJS.ProcessEnv;
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: shop, env, encoding: 'utf8' });
    return { exitCode: status, findings: (JSON.parse(stdout) as { readonly findings: readonly Finding[] }).findings };
  }
  function about({ findings }: ReturnType<typeof doctor>, check: string): Finding | undefined {
    return findings.find((one) => one.check === check);
  }

  test('of an administrator it says that the login can write, and what else it could do', () => {
    const run = doctor(bed().kubeconfigs.administrator);
    expect(about(run, 'production: place')).toMatchObject({ level: 'ok', text: expect.stringContaining('0 of 1') });
    expect(about(run, 'production: login')).toMatchObject({
      level: 'warning',
      mend: expect.stringContaining('pushgate rbac'),
    });
    expect(about(run, 'production: rights')?.text).toContain('act as anybody');
  });

  test('of a planner it has nothing to say against its rights', () => {
    const run = doctor(bed().kubeconfigs.planner);
    expect(about(run, 'production: rights')).toBeUndefined();
    expect(about(run, 'production: login')?.level).not.toBe('warning');
  });

  test('a context that there is not is an error of that environment alone', () => {
    const run = doctor(bed().kubeconfigs.planner);
    expect(run.exitCode).toBe(1);
    expect(about(run, 'elsewhere: place')).toMatchObject({ level: 'error', text: expect.stringContaining('nowhere') });
    expect(about(run, 'production: place')).toMatchObject({ level: 'ok' });
  });
});
