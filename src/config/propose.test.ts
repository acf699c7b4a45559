import { describe, expect, test } from '@jest/globals';
import { helmLines } from './helm-lines.ts';
import { parseConfig } from './index.ts';
import { proposalText, propose } from './propose.ts';

function proposed(files: Readonly<Record<string, string>>): ReturnType<typeof propose> {
  return propose({ paths: Object.keys(files), read: (path) => files[path] ?? '' });
}

describe('a line that deploys with Helm', () => {
  test.each([
    [
      'helm upgrade --install catalog ./charts/catalog -n shop -f values/a.yaml,values/b.yaml --wait --timeout 5m',
      { name: 'catalog', chart: 'charts/catalog', namespace: 'shop', values: ['values/a.yaml', 'values/b.yaml'] },
    ],
    ['- helm install web charts/web/', { name: 'web', chart: 'charts/web', namespace: undefined, values: [] }],
    [
      'run: helm upgrade -i \'api\' "charts/api" --namespace=prod --set image.tag=1 && echo done',
      { name: 'api', chart: 'charts/api', namespace: 'prod', values: [] },
    ],
    ["sh 'helm upgrade --install a charts/a'", { name: 'a', chart: 'charts/a', namespace: undefined, values: [] }],
    [
      'helm upgrade --install a \\\n  charts/a \\\n  --namespace x',
      { name: 'a', chart: 'charts/a', namespace: 'x', values: [] },
    ],
  ])('is read: %j', (text, expected) => {
    expect(helmLines('ci.sh', text)).toMatchObject([{ kind: 'release', where: 'ci.sh:1', ...expected }]);
  });

  test('names the flags that would change what is deployed, and never their values', () => {
    const line =
      'helm upgrade -i web charts/web --set image.tag=$' +
      '{{ github.sha }},hosts={a,b} --set=db.password=hunter2 --atomic --timeout 5m --reuse-values --kube-context prod';
    expect(helmLines('ci.sh', line)).toMatchObject([
      {
        name: 'web',
        chart: 'charts/web',
        leftOut: ['--set image.tag', '--set hosts', '--set db.password', '--reuse-values', '--kube-context'],
      },
    ]);
  });

  test('with variables is left to people, and named', () => {
    expect(helmLines('ci.sh', '\nhelm upgrade --install $NAME charts/a -n {{ .ns }}')).toEqual([
      { kind: 'unclear', where: 'ci.sh:2', text: expect.stringContaining('$NAME'), why: 'it has variables' },
    ]);
  });

  test('is no comment, and no other command of Helm', () => {
    expect(
      helmLines('ci.sh', '# helm upgrade a charts/a\nhelm list\nhelm template a charts/a\nmyhelm upgrade a b'),
    ).toEqual([]);
  });
});

describe('a first configuration', () => {
  test('has what the pipeline deploys now, then the charts that it does not, and names what is unclear', () => {
    const proposal = proposed({
      '.github/workflows/ci.yml':
        'run: helm upgrade --install catalog charts/catalog -n shop --set replicaCount=3\nrun: helm upgrade x $CHART\n',
      Makefile: 'deploy:\n\thelm install redis bitnami/redis\n',
      'charts/catalog/Chart.yaml': 'name: catalog\n',
      'charts/catalog/charts/sub/Chart.yaml': 'name: sub\n',
      'charts/cart/Chart.yaml': 'name: cart\n',
      'charts/lib/Chart.yaml': 'name: lib\ntype: library\n',
    });
    expect(proposal.releases.map(({ name, chart, namespace }) => [name, chart, namespace])).toEqual([
      ['catalog', 'charts/catalog', 'shop'],
      ['cart', 'charts/cart', undefined],
    ]);
    expect(proposal.target).toBe('cluster');
    expect(proposal.notes).toEqual([
      expect.stringContaining('.github/workflows/ci.yml:1: catalog is proposed without --set replicaCount'),
      expect.stringContaining('.github/workflows/ci.yml:2: it has variables'),
      expect.stringContaining('Makefile:2: the chart bitnami/redis is not in this repository'),
    ]);
  });

  test('makes overlays beside each other one release, in environments that come after each other', () => {
    const proposal = proposed({
      'app/overlays/production/kustomization.yaml': '',
      'app/overlays/staging/kustomization.yaml': '',
      'app/base/kustomization.yaml': '',
    });
    expect(proposal.releases).toMatchObject([{ name: 'app', chart: 'app/overlays/{environment}' }]);
    expect(proposal.environments).toEqual(['staging', 'production']);
    expect(proposal.target).toBe('manifests');
  });

  test.each([
    ['nothing at all', {}],
    ['a chart at the top', { 'Chart.yaml': 'name: a\n' }],
    ['two charts of one name', { 'a/web/Chart.yaml': 'name: web\n', 'b/web/Chart.yaml': 'name: web\n' }],
    [
      'names that Kubernetes does not take',
      { 'charts/My_Shop App/Chart.yaml': 'name: x\n', 'charts/___/chart.yaml': '' },
    ],
    ['a Handlebars chart', { 'charts/banner/chart.yaml': 'name: banner\n' }],
  ])('is always a valid one: %s', (_what, files) => {
    const proposal = proposed(files);
    const text = proposalText(proposal);
    const config = parseConfig({
      file: 'pushgate.yaml',
      files: { read: () => text, paths: () => ['pushgate.yaml', ...Object.keys(files)] },
    });
    expect(config.releases).toHaveLength(proposal.releases.length);
    expect(config.environments[0]?.gate).toMatchObject({ mode: 'merge', approvals: 1 });
  });
});
