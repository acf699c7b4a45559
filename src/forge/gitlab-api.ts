/** Requests to GitLab: which token goes along, every page of a list, and what a refusal means. */
import { Problem } from '../problem.ts';
import type { HttpResponse, Send } from './http.ts';
import { problemOf } from './refusal.ts';

export interface GitLabErrand {
  /** What is being done, to what. */
  readonly doing: string;
  /** What an access token needs for it. */
  readonly needs: string;
  /** Whether CI_JOB_TOKEN may do it too. */
  readonly jobToken: boolean;
}

export interface GitLabAnswer<Data> {
  readonly status: number;
  readonly response: HttpResponse;
  /** Parsed when GitLab answered with success. */
  readonly data: Data | undefined;
}

interface Refusal {
  readonly refused: GitLabAnswer<unknown>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Query = Readonly<Record<string, string>>;

export interface GitLabAccess {
  /** `https://HOST/api/v4`. */
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly jobToken: string | undefined;
  readonly userAgent: string;
  readonly send: Send;
}

export interface GitLabApi {
  /** The answer whatever its status; only for those who read meaning into refusals. */
  readonly attempt: <Data>(
    errand: GitLabErrand,
    method: Method,
    path: string,
    body?: object,
  ) => Promise<GitLabAnswer<Data>>;
  /** The data of a success. @throws {Problem} naming the token and what it lacks */
  readonly accept: <Data>(errand: GitLabErrand, answer: GitLabAnswer<Data>) => Data;
  readonly get: <Data>(errand: GitLabErrand, path: string) => Promise<Data>;
  /** What GraphQL answers; its address is beside that of REST. */
  readonly graphql: <Data>(errand: GitLabErrand, query: string, variables: object) => Promise<Data>;
  readonly send: <Data>(errand: GitLabErrand, method: Method, path: string, body: object) => Promise<Data>;
  readonly list: <Data>(errand: GitLabErrand, path: string, query?: Query) => Promise<readonly Data[]>;
  /** As `list`; undefined where GitLab says 403 or 404: what is asked about is not there, or hidden. */
  readonly listIfShown: <Data>(errand: GitLabErrand, path: string) => Promise<readonly Data[] | undefined>;
}

const pageSize = 100;
const graphqlPath = '/graphql';

/** The access token goes first, the job's only where GitLab takes it. Throws `Problem` with what the token lacks. */
export function gitlabApi(options: GitLabAccess): GitLabApi {
  const base = options.apiUrl.replace(/\/+$/, '');

  function credential(errand: GitLabErrand): { readonly name: string; readonly headers: Record<string, string> } {
    if (options.token !== undefined) {
      return { name: 'the GitLab access token', headers: { authorization: `Bearer ${options.token}` } };
    }
    if (options.jobToken !== undefined && errand.jobToken) {
      return { name: 'CI_JOB_TOKEN', headers: { 'job-token': options.jobToken } };
    }
    const hint = `Give Pushgate a project access token with ${errand.needs}.`;
    if (options.jobToken === undefined) {
      throw new Problem({ reason: 'unauthenticated', message: `${errand.doing}: there is no token for GitLab`, hint });
    }
    throw new Problem({ reason: 'forbidden', message: `${errand.doing}: GitLab lets no CI_JOB_TOKEN do this`, hint });
  }
  async function attempt<Data>(
    errand: GitLabErrand,
    method: Method,
    path: string,
    body?: object,
  ): Promise<GitLabAnswer<Data>> {
    const response = await options.send({
      method,
      url: path === graphqlPath ? base.replace(/\/v4$/, path) : `${base}${path}`,
      headers: {
        accept: 'application/json',
        'user-agent': options.userAgent,
        ...credential(errand).headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const success = response.status >= 200 && response.status < 300;
    const data = success && response.text !== '' ? parsed<Data>(errand, response.text) : undefined;
    return { status: response.status, response, data };
  }
  function accept<Data>(errand: GitLabErrand, answer: GitLabAnswer<Data>): Data {
    if (answer.status >= 200 && answer.status < 300) return answer.data as Data;
    const token = credential(errand).name;
    throw problemOf(
      { forge: 'GitLab', status: answer.status, said: answer.response.text },
      { doing: errand.doing, needs: errand.needs, token },
    );
  }
  async function pages<Data>(
    errand: GitLabErrand,
    path: string,
    query: Query = {},
  ): Promise<readonly Data[] | Refusal> {
    const all: Data[] = [];
    let parameters: Query | undefined = { ...query, per_page: String(pageSize) };
    while (parameters !== undefined) {
      const address = `${path}?${new URLSearchParams(parameters)}`;
      const answer: GitLabAnswer<readonly Data[]> = await attempt(errand, 'GET', address);
      if (answer.status === 403 || answer.status === 404) return { refused: answer };
      const page = accept(errand, answer);
      all.push(...page);
      parameters = nextPage(answer.response.headers, parameters, page.length);
    }
    return all;
  }
  return {
    attempt,
    accept,
    list: async <Data>(errand: GitLabErrand, path: string, query?: Query) => {
      const all = await pages<Data>(errand, path, query);
      return 'refused' in all ? accept(errand, all.refused as GitLabAnswer<readonly Data[]>) : all;
    },
    listIfShown: async <Data>(errand: GitLabErrand, path: string) => {
      const all = await pages<Data>(errand, path);
      return 'refused' in all ? undefined : all;
    },
    get: async <Data>(errand: GitLabErrand, path: string) => accept(errand, await attempt<Data>(errand, 'GET', path)),
    graphql: async <Data>(errand: GitLabErrand, query: string, variables: object) =>
      accept(errand, await attempt<Data>(errand, 'POST', graphqlPath, { query, variables })),
    send: async <Data>(errand: GitLabErrand, method: Method, path: string, body: object) =>
      accept(errand, await attempt<Data>(errand, method, path, body)),
  };
}

/**
 * The parameters of the next page. A short page need not be the last, as GitLab filters some lists after paging, so
 * its headers decide; only where a proxy dropped them a full page asks for one more. Of a `Link` just the parameters
 * are used: its host is the one GitLab believes to have.
 */
function nextPage(headers: Headers, parameters: Query, received: number): Query | undefined {
  const next = headers.get('x-next-page');
  if (next !== null) return next === '' ? undefined : { ...parameters, page: next };
  const links = headers.get('link');
  if (links === null) {
    return received < pageSize ? undefined : { ...parameters, page: String(Number(parameters['page'] ?? 1) + 1) };
  }
  const link = /<([^>]+)>;\s*rel="next"/.exec(links)?.[1];
  return link === undefined ? undefined : Object.fromEntries(new URL(link).searchParams);
}

function parsed<Data>(errand: GitLabErrand, text: string): Data {
  try {
    return JSON.parse(text) as Data;
  } catch (error) {
    // A login page or a proxy's notice where the API was expected.
    throw new Problem({
      reason: 'unreachable',
      message: `${errand.doing}: the answer is not GitLab's: it is no JSON`,
      hint: 'Check the address of the API: https://HOST/api/v4.',
      cause: error,
    });
  }
}
