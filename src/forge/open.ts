/** The room's door: one forge for what a run knows about it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../problem.ts';
import type { Forge } from './forge.ts';
import { openGitLab } from './gitlab.ts';
import { createHttp, type ProxyOptions } from './http.ts';
import { withRetries } from './retry.ts';

/** GitLab's access level of those who may push to branches that are not protected. */
const developer = 30;

export interface ForgeOptions {
  readonly kind: Forge['kind'];
  /** `https://api.github.com`, `https://HOST/api/v3` or `https://HOST/api/v4`. */
  readonly apiUrl: string;
  /** `owner/name` on GitHub; a path or number on GitLab. */
  readonly project: string;
  /** A token people made, or GitHub's GITHUB_TOKEN. */
  readonly token?: string | undefined;
  /** GitLab's CI_JOB_TOKEN, which may do less; used where it suffices when there is no `token`. */
  readonly jobToken?: string | undefined;
  /** GitLab: the lowest access level whose approval counts as a writer's. 30, Developer, unless said otherwise. */
  readonly writerLevel?: number | undefined;
  readonly userAgent?: string | undefined;
  readonly proxy?: ProxyOptions | undefined;
  /** For one request; 30 s unless said otherwise. */
  readonly timeoutMs?: number | undefined;
  /** For waiting between tries, over the whole run; 90 s unless said otherwise. */
  readonly retryBudgetMs?: number | undefined;
  readonly pause?: ((milliseconds: number) => Promise<void>) | undefined;
  readonly now?: (() => number) | undefined;
}

/** @throws {Problem} `unauthenticated` when there is no token at all, `usage` for an address that cannot be one */
export async function openForge(options: ForgeOptions): Promise<Forge> {
  const { kind, project, token } = options;
  const apiUrl = checkedAddress(options.apiUrl);
  const userAgent = options.userAgent ?? 'pushgate';
  const http = createHttp({ proxy: options.proxy, timeoutMs: options.timeoutMs ?? 30_000 });
  const send = withRetries(http, {
    budgetMs: options.retryBudgetMs ?? 90_000,
    pause: options.pause ?? ((milliseconds) => delay(milliseconds)),
    now: options.now ?? Date.now,
  });
  if (kind === 'github') {
    if (token === undefined || token === '') throw noToken('GitHub', "the workflow's GITHUB_TOKEN is enough");
    // The library reads the runner's environment when it is loaded, so it is loaded where GitHub is meant, only then.
    const { openGitHub } = await import('./github.ts');
    return openGitHub({ apiUrl, project, token, userAgent, send });
  }
  return openGitLab({
    apiUrl,
    project,
    token: token === '' ? undefined : token,
    jobToken: options.jobToken === '' ? undefined : options.jobToken,
    writerLevel: options.writerLevel ?? developer,
    userAgent,
    send,
  });
}

function checkedAddress(apiUrl: string): string {
  if (URL.canParse(apiUrl) && /^https?:/.test(apiUrl)) return apiUrl;
  throw new Problem({
    reason: 'usage',
    message: `"${apiUrl}" is not the address of a forge's API`,
    hint: 'GitHub: https://api.github.com or https://HOST/api/v3. GitLab: https://HOST/api/v4.',
  });
}

function noToken(forge: string, hint: string): Problem {
  return new Problem({ reason: 'unauthenticated', message: `there is no token for ${forge}`, hint });
}
