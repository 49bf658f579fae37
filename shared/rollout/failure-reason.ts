/** Why a site does not get healthy, as a person needs it. */
export interface FailureReason {
  /** The field's own word: `ImagePullBackOff`, `CrashLoopBackOff`, `OOMKilled`, `Unschedulable`, … */
  readonly code: string;
  /** One line, bounded and safe to show; it begins with the code. */
  readonly message: string;
  /** Waiting longer will not help: seen twice, it ends the wait for the site. */
  readonly isTerminal: boolean;
}
