/** The door of the configuration. */
export { type CommandLineFacts, commandLineEnvironment, configOfCommandLine } from './command-line.ts';
export { type ConfigFiles, parseConfig } from './parse.ts';
export { describePolicyChange, type Policy, policyOf } from './policy.ts';
export { environmentOf, mayApplyFrom, mayWriteTo, refuseUnknownReleases, resolveReleases } from './resolve.ts';
export { formatTarget } from './target.ts';
