/** Who people are on GitLab: members of groups, and accounts behind the addresses of commits. */
import type { User } from './forge.ts';
import type { GitLabApi } from './gitlab-api.ts';
import type { MemberData, UserData } from './gitlab-shapes.ts';
import { userOf } from './gitlab-shapes.ts';

type Member = MemberData & UserData;

const roles: Readonly<Record<string, number>> = { developer: 30, maintainer: 40, owner: 50 };

/**
 * Members of `@group` or `@group/subgroup` who may write somewhere, direct ones only, as for Code Owners; of `@@role`
 * the project's direct members with just that role.
 */
export async function membersOf(api: GitLabApi, project: string, team: string): Promise<readonly string[] | undefined> {
  const errand = { doing: `reading who is in ${team}`, needs: 'scope read_api', jobToken: false };
  const role = /^@@(\w+?)s?$/.exec(team)?.[1];
  const level = role === undefined ? undefined : roles[role];
  if (team.startsWith('@@') && level === undefined) return undefined;
  const path = level === undefined ? `/groups/${encodeURIComponent(team.slice(1))}/members` : `${project}/members`;
  const members = await api.listIfShown<Member>(errand, path);
  return members
    ?.filter(
      ({ state, access_level: access }) =>
        state === 'active' && (level === undefined ? access >= (roles['developer'] ?? 30) : access === level),
    )
    .map(({ username }) => username);
}

interface CommitsAnswer {
  readonly data?: {
    readonly project?: {
      readonly mergeRequest?: {
        readonly commits?: CommitsPage | null;
      } | null;
    } | null;
  };
}

interface CommitsPage {
  readonly nodes?: readonly { readonly authorEmail: string | null; readonly author: AccountNode | null }[];
  readonly pageInfo?: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface AccountNode {
  readonly id: string;
  readonly username: string;
}

const query =
  'query($project: ID!, $number: String!, $after: String) { project(fullPath: $project) { mergeRequest(iid: $number) { commits(after: $after) { nodes { authorEmail author { id username } } pageInfo { hasNextPage endCursor } } } } }';

/** Accounts by address in small letters. REST tells names and addresses only, which whoever commits can choose. */
export async function accountsOf(api: GitLabApi, project: string, number: number): Promise<ReadonlyMap<string, User>> {
  const errand = { doing: `reading whose commits are in !${number}`, needs: 'scope read_api', jobToken: false };
  const { path_with_namespace: path } = await api.get<{ readonly path_with_namespace: string }>(errand, project);
  const nodes: NonNullable<CommitsPage['nodes']>[number][] = [];
  for (let after: string | null | undefined = null; after !== undefined; ) {
    const variables = { project: path, number: String(number), after };
    const answer: CommitsAnswer = await api.graphql<CommitsAnswer>(errand, query, variables);
    const page = answer.data?.project?.mergeRequest?.commits;
    nodes.push(...(page?.nodes ?? []));
    after = page?.pageInfo?.hasNextPage === true ? (page.pageInfo.endCursor ?? undefined) : undefined;
  }
  return new Map(
    nodes.flatMap(({ authorEmail, author }) => {
      const id = author === null ? undefined : Number(/\/(\d+)$/.exec(author.id)?.[1]);
      return author === null || authorEmail === null || id === undefined
        ? []
        : [[authorEmail.toLowerCase(), userOf({ id, username: author.username })] as const];
    }),
  );
}
