/**
 * Values that the API server fills in where an author is silent.
 * Source: k8s.io/kubernetes pkg/apis/apps/v1/defaults.go and pkg/apis/core/v1/defaults.go.
 */
export const apiDefaultValues = {
  replicas: 1,
  /** maxSurge and maxUnavailable of a rolling update. */
  share: "25%",
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
  terminationGracePeriodSeconds: 30,
} as const;
