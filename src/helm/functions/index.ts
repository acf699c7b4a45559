import type { ByteString } from '../bytes.ts';
import type { HelmFunction } from '../function.ts';
import type { HelmVersion, Profile } from '../profile.ts';
import { certificateFunctions } from './certificates.ts';
import { chartFunctions } from './charts.ts';
import { cryptoFunctions } from './crypto.ts';
import { dateFunctions } from './dates.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions, mustToToml, mustToYaml } from './encodings.ts';
import { listFunctions } from './lists.ts';
import { logicFunctions } from './logic.ts';
import { mathFunctions } from './math.ts';
import { pathFunctions } from './paths.ts';
import { randomFunctions } from './random.ts';
import { reflectionFunctions } from './reflection.ts';
import { regexFunctions } from './regexes.ts';
import { stringFunctions } from './strings.ts';
import { urlFunctions } from './urls.ts';
import { versionFunctions } from './versions.ts';

/**
 * The functions that templates can call in a release of Helm, by name: sprig 3.3 but for `env` and `expandenv`, and
 * Helm's own. Go's builtins are the evaluator's.
 */
export function helmFunctions(profile: Pick<Profile, 'version' | 'major'>): ReadonlyMap<ByteString, HelmFunction> {
  const functions = [
    ...stringFunctions,
    ...listFunctions,
    ...dictFunctions,
    ...logicFunctions,
    ...mathFunctions,
    ...dateFunctions,
    ...encodingFunctions,
    ...(profile.major >= 4 ? mustToYaml : []),
    ...(profile.version.startsWith('4.2.') ? mustToToml : []),
    ...cryptoFunctions,
    ...certificateFunctions,
    ...randomFunctions,
    ...versionFunctions(hasSemver35(profile.version) ? '3.5' : '3.4'),
    ...regexFunctions,
    ...reflectionFunctions,
    ...pathFunctions,
    ...urlFunctions,
    ...chartFunctions,
  ];
  return new Map(functions.map((entry) => [entry.name, entry]));
}

/** Masterminds/semver 3.5 came with Helm 3.21.1 and 4.2.0. */
function hasSemver35(version: HelmVersion): boolean {
  return /^(3\.21\.[1-9]|4\.2\.)/.test(version);
}
