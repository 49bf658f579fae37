/** What became of one request, for people and programs. */
export interface SiteResult {
  /** The document's id, or the file's name: a stranger's text. */
  readonly document: string;
  readonly outcome: "deployed" | "failed" | "rejected";
  /** Absent if no name could be made. */
  readonly siteName?: string;
  readonly url?: string;
  /** From submission, as far as it is known, to this outcome. */
  readonly milliseconds?: number;
  /** One line for a failure, one for each reason of a rejection; safe to show. */
  readonly reasons: readonly string[];
}
