/** What a changed configuration, volume or guard means for the pods and people that depend on it. */
import { equal } from '../../resource/equal.ts';
import { parseQuantity } from '../../resource/quantity.ts';
import { keyId, keyOf, type Resource, valueAt } from '../../resource/resource.ts';
import { type Reader, readersOf } from './pod-readers.ts';
import { type ConsequenceRule, inPlace, listAt, named, sizeWords, textAt } from './rule.ts';

export const configurationRules: readonly ConsequenceRule[] = [
  {
    name: 'pods read it when they start',
    kind: 'note',
    of: (subject) => {
      if (!inPlace(subject) || (subject.key.kind !== 'ConfigMap' && subject.key.kind !== 'Secret')) return [];
      // Its labels are nothing that pods read.
      const { before, after } = subject;
      if (['data', 'binaryData'].every((field) => equal(before[field], after[field]))) return [];
      const readers = readersOf(subject.key, subject.release);
      const isRestarting = ({ workload }: Reader): boolean => subject.restarting?.has(keyId(keyOf(workload))) === true;
      const names = (wanted: (reader: Reader) => boolean) =>
        readers.filter(wanted).map(({ workload }) => `${workload.kind} ${workload.metadata.name}`);
      const now = names((reader) => reader.sees === 'start' && isRestarting(reader));
      const start = names((reader) => reader.sees === 'start' && !isRestarting(reader));
      const later = names(({ sees }) => sees === 'later');
      const their = start.length === 1 ? 'its' : 'their';
      return [
        ...(now.length === 0
          ? []
          : [`read at start by ${named(now)}: takes effect now, with the restart in this plan`]),
        ...(start.length === 0
          ? []
          : [
              `read at start by ${named(start)}: takes effect with ${their} next restart, and nothing here restarts ${start.length === 1 ? 'it' : 'them'}`,
            ]),
        ...(later.length === 0 ? [] : [`a file of ${named(later)}: changes there within minutes, without a restart`]),
        ...(readers.length === 0 ? ['pods that read it at start see it after their next restart'] : []),
      ];
    },
  },
  {
    name: 'a claim grows',
    kind: 'note',
    of: (subject) => {
      if (!inPlace(subject) || subject.key.kind !== 'PersistentVolumeClaim') return [];
      const size = (of: Resource) => textAt(of, ['spec', 'resources', 'requests', 'storage']);
      const [from, to] = [size(subject.before), size(subject.after)];
      const [less, more] = [parseQuantity(from), parseQuantity(to)];
      return less !== undefined && more !== undefined && more > less
        ? [`grows from ${sizeWords(from)} to ${sizeWords(to)}, and can never be made smaller again`]
        : [];
    },
  },
  {
    name: 'a webhook is asked about everything',
    kind: 'outage',
    of: ({ key, before, after }) => {
      if (!/^(Validating|Mutating)WebhookConfiguration$/.test(key.kind) || after === undefined) return [];
      const strict = (of: Resource | undefined) =>
        listAt(of, ['webhooks'])
          .filter((hook) => textAt(hook, ['failurePolicy']) !== 'Ignore')
          .map((hook) => textAt(hook, ['name']));
      const known = strict(before);
      const fresh = strict(after).filter((name) => !known.includes(name));
      if (fresh.length === 0) return [];
      const resources = listAt(after, ['webhooks'])
        .filter((hook) => fresh.includes(textAt(hook, ['name'])))
        .flatMap((hook) => listAt(hook, ['rules']).flatMap((rule) => listAt(rule, ['resources']).map(String)));
      const what = resources.includes('*') || resources.includes('*/*') ? 'anything' : named([...new Set(resources)]);
      return [`while its server does not answer, nobody can write ${what} (failurePolicy Fail)`];
    },
  },
  {
    name: 'a quota gets smaller',
    kind: 'note',
    of: (subject) => {
      if (!inPlace(subject) || subject.key.kind !== 'ResourceQuota') return [];
      const hard = (of: Resource) => Object.entries(valueAt(of, ['spec', 'hard']) ?? {});
      const before = new Map(hard(subject.before).map(([name, value]) => [name, parseQuantity(String(value))]));
      const smaller = hard(subject.after).filter(([name, value]) => {
        const [was, is] = [before.get(name), parseQuantity(String(value))];
        return was !== undefined && is !== undefined && is < was;
      });
      return smaller.length === 0 ? [] : [`new pods may be refused: less ${named(smaller.map(([name]) => name))}`];
    },
  },
];
