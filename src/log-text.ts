/** Text as a terminal or the log of a job may be given it, whoever wrote it: the last net, in every front. */

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What a terminal acts on or what hides and reorders text; tabs and line breaks stay. GitLab's `section_start:` and
 * Jenkins' and Buildkite's notes need such a sign too, so without it they are words.
 */
const controls = '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]';
/** The colours that our own reports are painted with, and their end. */
const colours = '\\u001b\\[(?:0|1|3[1236]|90)m';

/**
 * `style` is what the front prints in: without colours nothing may bring any. JSON keeps its meaning: there a sign is
 * written as its escape.
 */
export function logText(
  text: string,
  { style, env }: { readonly style: 'colour' | 'plain'; readonly env: Variables },
): string {
  const isJson = /^[[{]/.test(text);
  const kept = style === 'colour' ? new RegExp(`(${colours})|${controls}`, 'g') : new RegExp(`()${controls}`, 'g');
  const harmless = text
    .replaceAll('\r\n', '\n')
    .replace(kept, (sign, colour: string | undefined) => colour || (isJson ? escaped(sign) : '\ufffd'));
  return withoutCommands(harmless, { isJson, env });
}

/**
 * The runners of GitHub, Azure and TeamCity read everything that is printed for commands: `##[command]`,
 * `##vso[command]`, `##teamcity[command]` anywhere, and GitHub's `::command::` at the start of a line, whose blanks
 * are .NET's, NEL among them. In JSON a command is broken by an escape, everywhere else by a sign without width.
 */
function withoutCommands(text: string, { isJson, env }: { readonly isJson: boolean; readonly env: Variables }): string {
  const isGithub = env['GITHUB_ACTIONS'] === 'true';
  if (!isGithub && env['TF_BUILD'] === undefined && env['TEAMCITY_VERSION'] === undefined) return text;
  const quiet = text.replace(/##(?=[a-z]*\[)/gi, isJson ? '#\\u0023' : '##\u200b');
  return isJson || !isGithub ? quiet : quiet.replace(/^([\s\u0085]*)::/gm, '$1\u200b::');
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
