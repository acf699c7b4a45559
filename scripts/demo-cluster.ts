/**
 * `npm run demo -- --cluster`: the story on a Kubernetes cluster, in a namespace that goes away again: the cluster of
 * KUBECONFIG, or else the bed (`npm run bed`), a real control plane on this machine.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { oracle, startBed, whyNoBed } from '../test/bed/bed.ts';
import { openStage } from './demo-stage.ts';

/** Answers the exit code: 1 where there is neither a cluster nor a bed to be had. */
export async function tellOnCluster(): Promise<number> {
  const kubectl = oracle('kubectl');
  if (kubectl.path === undefined) return cannot(`it needs kubectl: ${kubectl.reason}`);
  const given = process.env['KUBECONFIG'];
  const why = given === undefined ? whyNoBed() : undefined;
  if (why !== undefined) return cannot(`KUBECONFIG names no cluster, and the bed cannot be had: ${why}`);
  const kubeconfig = given ?? (await startBed()).kubeconfigs.administrator;
  const program = kubectl.path;
  const run = (...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, ['--kubeconfig', kubeconfig, ...words], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`kubectl ${words.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const namespace = `pushgate-demo-${randomBytes(3).toString('hex')}`;
  run('create', 'namespace', namespace);
  try {
    await tell(kubeconfig, namespace, run);
  } finally {
    run('delete', 'namespace', namespace, '--wait=false');
  }
  return 0;
}

async function tell(
  kubeconfig: string,
  namespace: string,
  kubectl: (...words: readonly string[]) => string,
): Promise<void> {
  const context = kubectl('config', 'current-context');
  const manifest = 'infra/nginx-deployment.yaml';
  const config = `version: 1
defaults: { namespace: ${namespace} }
releases:
  - { name: infra, chart: infra }
environments:
  production:
    cluster: { context: ${JSON.stringify(context)} }
    refs: [main]
`;
  const files = { 'pushgate.yaml': config, [manifest]: readFileSync(`examples/mygoodies/${manifest}`, 'utf8') };
  await using stage = await openStage({ files, env: { KUBECONFIG: kubeconfig } });
  const { propose, approve, merge, say, show, apply, edited } = stage;
  stage.tell(`An nginx with 3 replicas goes to the cluster of context ${context}, namespace ${namespace}.`);
  const opening = await propose('Deploy nginx', { 'README.md': '# The shop\n' });
  approve(opening);
  merge(opening);
  await apply('Its first merge request was shown, approved and merged. The job on main applies it and waits:');

  const replicas = await propose('Two replicas are enough', edited(manifest, 'replicas: 3', 'replicas: 2'));
  say('Ann changes 3 replicas to 2. This is the comment on her merge request, as the API server predicts it:');
  show(stage.commentOn(replicas));
  approve(replicas);
  merge(replicas);
  await apply('Approved and merged, exactly that is applied:');
  show(kubectl('get', 'pods', '-n', namespace));

  kubectl('scale', 'deployment', 'nginx-deployment', '-n', namespace, '--replicas=5');
  say('Omar runs kubectl scale. The scheduled job names the tool, the field and the time:');
  const drift = await stage.run(['drift', '--detailed-exitcode']);
  show(drift.stdout, drift.exitCode);

  const image = await propose('nginx 1.25', edited(manifest, 'nginx:1.14.2', 'nginx:1.25.5'));
  approve(image);
  merge(image);
  kubectl('scale', 'deployment', 'nginx-deployment', '-n', namespace, '--replicas=7');
  await apply('A merge request is approved, then Omar scales again before it is applied. What moved is named:');

  say('And this is how the release stands:');
  show((await stage.run(['status', 'infra'])).stdout);
  stage.tell(`\nThe namespace ${namespace} is being deleted again. docs/clusters.md says what your own cluster needs.`);
}

function cannot(why: string): number {
  console.error(`The demo on a cluster cannot run here: ${why}`);
  return 1;
}
