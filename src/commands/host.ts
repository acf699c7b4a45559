/** What a front gives a command, and what a command gives back. Commands read nothing else of the world around them. */
import type { RunFacts } from '../forge/ci.ts';
import type { Given } from '../options.ts';
import type { ReasonCode } from '../problem.ts';
import type { Reports } from '../report/report-files.ts';
import type { Annotation } from '../report/widgets.ts';

export interface Host {
  /** Folder that the run stands in. */
  readonly directory: string;
  /** The environment's variables; only fronts read the real ones. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly given: Given;
  /** What the pipeline says of the run, for a command that another one calls because it knows better. */
  readonly facts?: RunFacts;
  /** The result, for standard output; a final newline is added. */
  readonly print: (text: string) => void;
  /** What is being done, for a line that is rewritten on a terminal and printed in a log. */
  readonly progress: (text: string) => void;
  /** Things a reader must know although the run goes on. */
  readonly warn: (text: string) => void;
  /** Values that must never be shown from now on. */
  readonly mask: (secrets: readonly string[]) => void;
  /** A text without any value that was registered to be masked. */
  readonly masked: (text: string) => string;
  /** A note on a line of the repository, where the front can show one. */
  readonly annotate: (annotation: Annotation) => void;
  /** Markdown for the job summary, where the front has one. */
  readonly summary: (markdown: string) => void;
  readonly style: 'colour' | 'plain';
  readonly now: () => Date;
  /** Aborted when the run is cancelled: what is on its way is ended, nothing more is begun. */
  readonly signal: AbortSignal;
  /** Aborted when even what is on its way is no longer waited for. */
  readonly hurry: AbortSignal;
}

export interface Outcome {
  readonly reason: ReasonCode;
  /** Outputs of the Action and lines of GitLab's dotenv; names are the closed list of `outputs.ts`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Files for the folder of `--reports`; made only when there is one. */
  readonly reports?: () => Reports;
}
