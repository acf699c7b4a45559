/** The version of this tool, as `--version`, the user agent and the record of a release say it; package.json has the same. */
export const version = '0.1.0';
