/** What somebody else did to an object: shown with who and when before an apply, refused with who and when during one. */
import { expect, test } from '@jest/globals';
import type { Resource } from '../../src/resource/resource.ts';
import { kubectl } from '../bed/namespaces.ts';
import { describeOnBed, eachInItsNamespace } from '../bed/suites.ts';
import { clientOf, configMap, deployment, line, plan } from './support.ts';

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

describeOnBed('what somebody else changed', (bed) => {
  let namespace = '';
  eachInItsNamespace(bed, (name) => {
    namespace = name;
  });

  const planned = (...objects: readonly Resource[]) => plan({ client: clientOf(bed(), 'applier'), namespace, objects });
  const inNamespace = (...words: readonly string[]) => kubectl(bed(), [...words, '-n', namespace]);
  const secret = (password: string): Resource => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login' },
    stringData: { password },
  });

  test('is shown with the field, the tool and the time where a change takes it over', async () => {
    await (await planned(deployment('web', 0))).apply();
    inNamespace('scale', 'deployment', 'web', '--replicas=2');
    inNamespace('annotate', 'deployment', 'web', 'meta.helm.sh/release-name=other', '--overwrite');
    const { release } = await planned(deployment('web', 1));
    const texts = release.changes.flatMap(({ consequences }) => consequences.map(({ text }) => text));
    expect(texts).toContainEqual(
      expect.stringMatching(
        new RegExp(
          String.raw`^takes metadata.annotations\["meta.helm.sh/release-name"\] from kubectl annotate \(${time}\)$`,
        ),
      ),
    );
    expect(texts).toContainEqual('takes spec.replicas from kubectl scale');
  });

  test('between plan and apply is refused with the field, the tool and the time, and never with a value', async () => {
    const before = [configMap('env', { a: '1', b: '1' }), deployment('web', 0), secret('password-one')];
    await (await planned(...before)).apply();
    const after = [configMap('env', { a: '2', b: '1' }), deployment('web', 1), secret('password-two')];
    const ready = await planned(...after, configMap('fresh', {}));
    inNamespace('patch', 'configmap', 'env', '-p', '{"data":{"b":"mine"}}');
    inNamespace('set', 'image', 'deployment/web', 'app=registry.test/mine:2');
    inNamespace('patch', 'secret', 'login', '-p', '{"stringData":{"password":"canary-4711"}}');
    inNamespace('create', 'configmap', 'fresh', '--from-literal=a=1');

    const { outcomes } = await ready.apply();

    const said = new Map(
      outcomes.map(({ key, outcome, problem }) => [key.name, `${outcome} ${problem?.message ?? ''}`]),
    );
    const moved = (what: string) =>
      expect.stringMatching(new RegExp(`^failed .* by somebody else after the plan was made: ${what}$`));
    expect([said.get('env'), said.get('login'), said.get('fresh')]).toEqual([
      moved(String.raw`data.b \(kubectl patch, ${time}\)`),
      moved(String.raw`data.password \(kubectl patch, ${time}\)`),
      moved(`kubectl create, ${time}`),
    ]);
    expect(said.get('web')).toMatch(/^skipped/);
    expect([...said.values()].join()).not.toMatch(/canary|mine/);
    expect(inNamespace('get', 'configmap', 'env', '-o', 'jsonpath={.data}')).toBe('{"a":"1","b":"mine"}');

    const next = await planned(...after, configMap('fresh', {}));
    expect(next.release.changes.map(line)).toContainEqual(
      expect.stringMatching(/^update ConfigMap env: .*data.b mine → 1/),
    );
  });

  test('is refused where the object was made anew, and where it is a workload', async () => {
    await (await planned(deployment('web', 0), deployment('api', 0))).apply();
    const ready = await planned(deployment('web', 1), deployment('api', 1));
    inNamespace('set', 'image', 'deployment/web', 'app=registry.test/mine:2');
    inNamespace('delete', 'deployment', 'api');
    inNamespace('create', 'deployment', 'api', '--image=registry.test/theirs');
    const { outcomes } = await ready.apply();
    expect(outcomes.map(({ problem }) => problem?.message).sort()).toEqual([
      expect.stringMatching(/api was deleted and made anew by somebody else after the plan was made$/),
      expect.stringMatching(
        new RegExp(
          String.raw`web was changed by somebody else .*: spec.template.spec.containers\[app\].image \(kubectl set, ${time}\)`,
        ),
      ),
    ]);
  });
});
