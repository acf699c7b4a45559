/**
 * The admission policy that lets a login try writes and never write. A dry run needs the same rights as the write, so
 * the rights alone cannot tell the two apart.
 */
import type { Resource } from '../resource.ts';
import { requestIsFrom, type Subject } from './subject.ts';

/**
 * Subresources are matched too (`*` alone leaves them out): without that, scaling and tokens of service accounts slip
 * through. A token is even real when it is asked for as a dry run, so subresources are refused whatever they are.
 */
export function pinOf(name: string, planner: Subject): readonly Resource[] {
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
        },
        matchConditions: [{ name: 'planner', expression: requestIsFrom(planner) }],
        validations: [
          {
            expression: 'has(request.dryRun) && request.dryRun',
            message: 'the planner may only dry-run',
            reason: 'Forbidden',
          },
          {
            expression: "!has(request.subResource) || request.subResource == ''",
            message: 'the planner may not use subresources',
            reason: 'Forbidden',
          },
          {
            expression: "request.operation in ['CREATE', 'UPDATE']",
            message: 'the planner may not delete or connect',
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** Kinds that admission policies are not asked about, so nothing would pin a dry run of them. */
const unguarded = [
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
];

/** Whether the pin holds for a kind. Requests of aggregated groups are answered by another server, which never asks. */
export function isPinnable(
  kind: { readonly group: string; readonly kind: string },
  aggregated: ReadonlySet<string>,
): boolean {
  if (aggregated.has(kind.group)) return false;
  return kind.group !== 'admissionregistration.k8s.io' || !unguarded.includes(kind.kind);
}
