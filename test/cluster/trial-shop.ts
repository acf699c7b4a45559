/** The trial as a repository with a chart, for runs that are processes of their own. */
import type { Resource } from '../../src/resource/resource.ts';
import type { Login } from '../bed/logins.ts';
import { GitFixture } from '../support/git-fixture.ts';
import { after, before, kubeconfigBy, repositoryOfTrials } from './trials.ts';

export interface TrialShop extends Disposable {
  readonly folder: string;
  /** The commits of the release as it was and as it is to be; the second is checked out. */
  readonly commits: { readonly before: string; readonly after: string };
  /** Checks out a commit that renders these objects. */
  readonly render: (objects: readonly Resource[], message: string) => string;
  /** Environment of a process that reaches the cluster by this address. */
  readonly env: (url: string, login: Login) => Readonly<Record<string, string | undefined>>;
}

export function trialShop(namespace: string): TrialShop {
  const fixture = new GitFixture();
  const folder = fixture.repository('shop');
  fixture.git(folder, 'remote', 'add', 'origin', repositoryOfTrials);
  const chart = (objects: readonly Resource[]): string =>
    objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  const first = fixture.commit(
    folder,
    {
      'pushgate.yaml': `version: 1
defaults: { namespace: ${namespace} }
releases: [{ name: catalog, chart: catalog }]
environments:
  production: { cluster: { context: bed }, refs: [main], gate: { mode: none } }
`,
      'catalog/Chart.yaml': 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n',
      'catalog/templates/all.yaml': chart(before),
    },
    'The shop',
  );
  const second = fixture.commit(folder, { 'catalog/templates/all.yaml': chart(after) }, 'The next');
  return {
    folder,
    commits: { before: first, after: second },
    render: (objects, message) => fixture.commit(folder, { 'catalog/templates/all.yaml': chart(objects) }, message),
    env: (url, login) => ({
      ...fixture.variables,
      KUBECONFIG: kubeconfigBy(url, login),
      USER: 'ann',
      HOSTNAME: 'laptop',
    }),
    [Symbol.dispose]: () => fixture[Symbol.dispose](),
  };
}
