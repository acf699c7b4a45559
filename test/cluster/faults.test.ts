import { expect, test } from '@jest/globals';
import type { ReleaseOutcome } from '../../src/cluster/write/apply-release.ts';
import { Problem } from '../../src/problem.ts';
import { describeOnBed } from '../bed/suites.ts';
import { type Fault, type FaultProxy, type Seen, startFaultProxy } from '../support/fault-proxy.ts';
import { reportFigure } from '../support/figures.ts';
import { clientOf, plan } from './support.ts';
import { after, clientBy, describe, dropTrial, lies, makeTrial, nextRun, standing, touched } from './trials.ts';

/** Milliseconds that a request may take here, and longer than that. */
const patience = 4_000;
const tooLong = 4_500;

const faults: Readonly<Record<string, Fault>> = {
  '429 with Retry-After': { kind: 'status', status: 429, when: 'before', retryAfter: 0 },
  '500 before': { kind: 'status', status: 500, when: 'before' },
  '500 after': { kind: 'status', status: 500, when: 'after' },
  '503 before': { kind: 'status', status: 503, when: 'before' },
  '504 after': { kind: 'status', status: 504, when: 'after' },
  'reset before': { kind: 'reset', when: 'before' },
  'reset after': { kind: 'reset', when: 'after' },
  'half an answer': { kind: 'half' },
  'a page instead of an answer': { kind: 'garbage', body: '<html>Sign in to continue</html>' },
  'other JSON instead of an answer': { kind: 'garbage', body: '{"hello":"world"}' },
  'too slow an answer': { kind: 'slow', milliseconds: tooLong },
};

interface Verdict {
  /** The fault, in words. */
  readonly fault: string;
  readonly what: 'done' | 'some done' | 'nothing done';
  readonly wrong: readonly string[];
  readonly unknown: number;
}

describeOnBed('an apply on a bad line', (bed) => {
  /** Plans and applies by way of the proxy, with the fault, and looks whether what was said is true. */
  async function trial(proxy: FaultProxy, faultOf: Parameters<FaultProxy['inject']>[0]): Promise<Verdict> {
    const own = await makeTrial(clientOf(bed(), 'administrator'));
    const { namespace } = own;
    const client = clientBy(proxy.url, 'administrator', patience);
    proxy.inject(faultOf);
    let outcome: ReleaseOutcome | Problem;
    try {
      outcome = await (await plan({ client, namespace, objects: after })).apply({
        holder: 'the disturbed run',
        lockWait: 0,
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      outcome = error;
    }
    proxy.inject(undefined);
    const there = await standing(own);
    const isProblem = outcome instanceof Problem;
    const wrong = [
      ...(outcome instanceof Problem ? touched(there) : lies(outcome.outcomes, there)),
      ...(await nextRun(own)),
    ];
    await dropTrial(own);
    const isDone = !(outcome instanceof Problem) && outcome.revision !== undefined && outcome.problem === undefined;
    const said = outcome instanceof Problem ? outcome.message : describe(outcome);
    return {
      fault: '',
      what: isProblem ? 'nothing done' : isDone ? 'done' : 'some done',
      wrong: wrong.map((text) => `${text} [said: ${said}]`),
      unknown: outcome instanceof Problem ? 0 : outcome.outcomes.filter((one) => one.outcome === 'unknown').length,
    };
  }

  async function requestsOfAnApply(): Promise<readonly Seen[]> {
    await using proxy = await startFaultProxy(bed());
    const requests: Seen[] = [];
    const { what, wrong } = await trial(proxy, (seen) => {
      requests.push(seen);
      return undefined;
    });
    expect([what, wrong]).toEqual(['done', []]);
    return requests;
  }

  /** Some at a time: most of a disturbed run is waiting. */
  async function trials(
    cases: readonly { readonly name: string; readonly faultOf: Parameters<FaultProxy['inject']>[0] }[],
    width: number,
  ): Promise<{ readonly verdicts: readonly Verdict[]; readonly wrong: readonly string[] }> {
    const verdicts: Verdict[] = [];
    const wrong: string[] = [];
    const queue = [...cases];
    const work = async (): Promise<void> => {
      await using proxy = await startFaultProxy(bed());
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const verdict = { ...(await trial(proxy, next.faultOf)), fault: next.name.replace(/, request \d+$/, '') };
        verdicts.push(verdict);
        wrong.push(...verdict.wrong.map((text) => `${next?.name}: ${text}`));
      }
    };
    await Promise.all(Array.from({ length: width }, work));
    return { verdicts, wrong };
  }

  function figure(what: string, verdicts: readonly Verdict[], wrong: readonly string[], started: number): void {
    const of = (kind: Verdict['what']) => verdicts.filter((verdict) => verdict.what === kind).length;
    const unknown = verdicts.reduce((sum, verdict) => sum + verdict.unknown, 0);
    reportFigure(
      `faults: ${verdicts.length} applies ${what}: ${of('done')} came through, ${of('some done')} said what was done ` +
        `(${unknown} objects unknown), ${of('nothing done')} that nothing was; ${wrong.length} untrue or not converged ` +
        `(${Math.round((performance.now() - started) / 1000)} s)`,
    );
  }

  /** How many applies came through of those that met each fault. */
  function byFault(verdicts: readonly Verdict[]): string {
    const lines = Object.keys(faults).map((fault) => {
      const met = verdicts.filter((verdict) => verdict.fault === fault);
      return `${fault} ${met.filter(({ what }) => what === 'done').length} of ${met.length}`;
    });
    return `faults: came through: ${lines.join(', ')}`;
  }

  test('says the truth and converges with the next run, whichever request meets whichever fault', async () => {
    const requests = await requestsOfAnApply();
    // To what is only read it is the same whether the server got it.
    const cases = requests.flatMap(({ index: at, isWrite }) =>
      Object.entries(faults)
        .filter(([name]) => isWrite || !name.endsWith('after'))
        .map(([name, fault]) => ({
          name: `${name}, request ${at}`,
          faultOf: ({ index }: Seen) => (index === at ? fault : undefined),
        })),
    );
    const started = performance.now();
    const { verdicts, wrong } = await trials(cases, 16);
    const kinds = Object.keys(faults).length;
    figure(`with one of ${kinds} faults at each of ${requests.length} requests`, verdicts, wrong, started);
    reportFigure(byFault(verdicts));
    expect(wrong).toEqual([]);
    expect(verdicts.filter(({ what }) => what === 'done').length).toBeGreaterThan(cases.length / 2);
  }, 900_000);

  test('says the truth and converges with the next run, whenever the server is lost for good', async () => {
    const requests = await requestsOfAnApply();
    const first = requests.findIndex(({ isWrite }) => isWrite);
    const cases = requests.slice(first).flatMap(({ index: at }) =>
      (['before', 'after'] as const).map((when) => ({
        name: `reset ${when} from request ${at} on`,
        faultOf: ({ index }: Seen): Fault | undefined => (index >= at ? { kind: 'reset', when } : undefined),
      })),
    );
    const started = performance.now();
    const { verdicts, wrong } = await trials(cases, 14);
    figure(
      `that lose the server or its answers from each of ${requests.length - first} requests on, first write to last`,
      verdicts,
      wrong,
      started,
    );
    expect(wrong).toEqual([]);
  }, 900_000);
});
