import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { formatProblem, Problem } from '../../problem.ts';
import type { JsonObject } from '../../resource/resource.ts';
import { askProgram, type ProgramOptions } from './login-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'pushgate-login-program-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const apiVersion = 'client.authentication.k8s.io/v1';
const credential = (status: JsonObject, version = apiVersion): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion: version, status });
const cluster = {
  ...{ name: 'c', server: 'https://api.test', caData: undefined, caFile: undefined, skipTLSVerify: false },
  ...{ tlsServerName: undefined, proxyUrl: undefined },
};

function program(script: string): string {
  const path = join(mkdtempSync(join(folder, 'bin-')), 'aws');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

const ask = (script: string, exec: JsonObject = {}, options: Partial<ProgramOptions> = {}) =>
  askProgram({
    exec: { apiVersion, command: program(script), ...exec },
    user: 'ci',
    cluster,
    env: {},
    timeout: 10_000,
    signal: undefined,
    clusterInfo: () => ({ server: cluster.server }),
    ...options,
  });

/** What a person is told. */
async function told(asked: Promise<unknown>): Promise<string> {
  const [result] = await Promise.allSettled([asked]);
  if (result?.status !== 'rejected' || !(result.reason instanceof Problem)) throw new Error('it did not fail');
  return formatProblem(result.reason);
}

const who = 'the login program "aws", which logs in the user "ci",';

describe('a login program', () => {
  test('gives a token, or a certificate with its key', async () => {
    expect(await ask(`echo '${credential({ token: 'made' })}'`)).toEqual({ token: 'made' });
    const status = { clientCertificateData: 'cert', clientKeyData: 'key' };
    expect(await ask(`echo '${credential(status)}'`)).toEqual({ certificate: 'cert', key: 'key' });
  });

  test('finds the environment it is given, what the kubeconfig adds, and what it logs in to', async () => {
    const env = join(folder, 'env');
    const exec = { env: [{ name: 'AWS_PROFILE', value: 'prod' }], provideClusterInfo: true };
    const script = `echo "$HOME $AWS_PROFILE $KUBERNETES_EXEC_INFO" > ${env}; echo '${credential({ token: 't' })}'`;
    await ask(script, exec, { env: { HOME: '/home/ci', AWS_PROFILE: 'other' } });
    const [home, profile, info = ''] = readFileSync(env, 'utf8').trim().split(' ');
    expect([home, profile]).toEqual(['/home/ci', 'prod']);
    const spec = { interactive: false, cluster: { server: 'https://api.test' } };
    expect(JSON.parse(info)).toEqual({ apiVersion, kind: 'ExecCredential', spec });
  });

  test('that is not there is named, with the hint of the kubeconfig', async () => {
    const exec = { command: join(folder, 'none', 'aws'), installHint: 'aws is needed\nSee example.test' };
    expect(await told(ask('', exec))).toBe(`✖ unauthenticated: ${who} is not on this machine
  aws is needed
  See example.test
  Install it in the job, or use a token or a client certificate instead.`);
    const plain = join(folder, 'aws');
    writeFileSync(plain, '', { mode: 0o644 });
    expect(await told(ask('', { command: plain }))).toContain(`${who} could not be started (EACCES)`);
  });

  test('that fails is quoted from its complaints, without colours and without what may be a login', async () => {
    const token = `k8s-aws-v1.${'aHR0cHM6Ly9zdHM'.repeat(5)}`;
    const script = `echo '${credential({ token })}'
printf '\\033[31mUnable to locate credentials\\033[0m for arn:aws:iam::123456789012:role/ci\\ngot %s\\n::error::x\\n' ${token} >&2
exit 255`;
    const said = await told(ask(script));
    expect(said).toContain(`${who} ended with exit code 255`);
    expect(said).toContain('  Unable to locate credentials for arn:aws:iam::123456789012:role/ci\n  got ‹left out›');
    expect(said).not.toContain(token.slice(0, 30));
    expect(said).toContain('kubectl auth whoami');
  });

  test.each([
    ['nothing', '', 'answered nothing, and no ExecCredential'],
    ['no JSON', 'echo "Please sign in: canary-1"', 'answered what is no JSON, and no ExecCredential'],
    ['other JSON', `echo '{"token":"canary-1"}'`, 'answered JSON that is no ExecCredential'],
    ['a list', `echo '["canary-1"]'`, 'answered JSON that is no ExecCredential'],
    ['no login', `echo '${credential({})}'`, 'answered without a token and without a certificate'],
    ['half a login', `echo '${credential({ clientKeyData: 'canary-1' })}'`, 'a certificate or a key alone'],
    [
      'another version',
      `echo '${credential({ token: 'canary-1' }, 'client.authentication.k8s.io/v1alpha1')}'`,
      `answered in version client.authentication.k8s.io/v1alpha1, and the kubeconfig asks for ${apiVersion}`,
    ],
    ['without end', 'exec yes canary-1', 'printed more than 1048576 bytes and was ended'],
    ['to nobody', 'kill -TERM $$', 'was ended by SIGTERM'],
  ])('that answers %s is told apart, and its answer is not repeated', async (_what, script, words) => {
    const said = await told(ask(script));
    expect(said).toContain(words);
    expect(said).not.toContain('canary');
  });

  test('that says a key with slashes in it is not repeated either, and a path or an address is', async () => {
    const key = `wJalrXUtnFEMI/K7MDENG/${'bPxRfiCYEXAMPLEKEY'}`;
    const lines = [
      `with ${key}`,
      'asked https://sts.eu-central-1.amazonaws.com/v2/clusters',
      'read /home/ci/.aws/sso/cache/botocore-client-id-eu-1.json',
    ];
    const said = await told(ask(`${lines.map((line) => `echo '${line}' >&2`).join('; ')}; exit 1`));
    expect(said).toContain(['with ‹left out›', ...lines.slice(1)].map((line) => `  ${line}`).join('\n'));
    expect(said).not.toContain('K7MDENG');
  });

  test('that wants to ask somebody is not started', async () => {
    const exec = { interactiveMode: 'Always' };
    expect(await told(ask(`touch ${folder}/asked`, exec))).toContain('asks somebody who is at a terminal');
    expect(() => readFileSync(join(folder, 'asked'))).toThrow('ENOENT');
    expect(await ask(`read line || echo '${credential({ token: 'nobody' })}'`)).toEqual({ token: 'nobody' });
  });

  test('that hangs is ended with all that it started, after its time or when the run is cancelled', async () => {
    const children = join(folder, 'children');
    const script = `sleep 300 & echo $! >> ${children}; echo 'Opening the browser' >&2; wait`;
    const said = await told(ask(script, {}, { timeout: 1_000 }));
    expect(said).toContain(`${who} did not answer within 1 s and was ended\n  Opening the browser`);
    const cancelled = new AbortController();
    const asked = told(ask(script, {}, { signal: cancelled.signal }));
    while (readFileSync(children, 'utf8').trim().split('\n').length < 2)
      await new Promise((resolve) => setTimeout(resolve, 10));
    cancelled.abort();
    expect(await asked).toContain('✖ cancelled: the run was cancelled while the login program "aws" made the login');
    const pids = readFileSync(children, 'utf8').trim().split('\n');
    const states = pids.map((pid) => spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.trim());
    expect(states.filter((state) => state !== '' && !state.startsWith('Z'))).toEqual([]);
  });
});
