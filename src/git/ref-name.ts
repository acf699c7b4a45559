/** Whether Git takes this as a full name of a ref, by the rules of git-check-ref-format(1); no process needed. */
export function isRefName(name: string): boolean {
  const steps = name.split('/');
  return (
    steps.length > 1 &&
    steps.every((step) => step !== '' && !step.startsWith('.') && !step.endsWith('.lock')) &&
    !name.endsWith('.') &&
    !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name)
  );
}
