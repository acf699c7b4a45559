/**
 * Who changed a comment last. On GitHub every writer may edit the comments of others, the bot's too, and the comment
 * stays the bot's; REST does not tell, GraphQL does.
 */
import type { Octokit } from './github-shapes.ts';

export interface EditableComment {
  readonly node_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

interface Actor {
  readonly login: string;
}

interface Answer {
  readonly nodes: readonly ({
    readonly id: string;
    readonly lastEditedAt: string | null;
    readonly author: Actor | null;
    readonly editor: Actor | null;
  } | null)[];
}

const query =
  'query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment { id lastEditedAt author { login } editor { login } } } }';

/** GraphQL answers for so many nodes at a time. */
const mostNodes = 100;

/**
 * The node ids of those that somebody else than their author changed last. One whose editor GitHub does not tell is
 * among them: nobody knows what it said.
 */
export async function editedByOthers(
  octokit: Octokit,
  comments: readonly EditableComment[],
): Promise<ReadonlySet<string>> {
  const edited = comments.filter((comment) => comment.updated_at !== comment.created_at).map(({ node_id }) => node_id);
  const others = new Set(edited);
  for (let at = 0; at < edited.length; at += mostNodes) {
    const { nodes } = await octokit.graphql<Answer>(query, { ids: edited.slice(at, at + mostNodes) });
    for (const node of nodes) {
      if (node === null) continue;
      const isOwn = node.editor !== null && node.editor.login === node.author?.login;
      if (isOwn || node.lastEditedAt === null) others.delete(node.id);
    }
  }
  return others;
}
