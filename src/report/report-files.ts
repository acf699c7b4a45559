/** Names of the files that `--reports` may hold; docs/options.md lists them. */
export const reportFiles = {
  'report.html': 'Everything, as a page that stands by itself and can be searched.',
  'plan.json': 'Of `plan`: what `--output json` prints.',
  'outcome.json': 'Of `apply`: what `--output json` prints.',
  'drift.json': 'Of `drift`: what `--output json` prints.',
  'junit.xml': 'A suite for each environment, a case for each release.',
  'terraform.json': 'Of `plan`: how much is created, updated and deleted, for GitLab’s widget.',
  'code-quality.json': 'Of `plan`: dangerous changes by the line they come from, for GitLab’s merge requests.',
  'pushgate.env': 'The outputs as variables, `PUSHGATE_HAS_CHANGES=true`, for later jobs.',
} as const;

export type ReportName = Exclude<keyof typeof reportFiles, 'pushgate.env'>;

export type Reports = Partial<Record<ReportName, string>>;
