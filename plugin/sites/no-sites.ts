/** What is said on stderr where there is no site to show, in kubectl's words. */
export function noSitesFound(namespace: string | undefined): string {
  return namespace === undefined ? "No sites found\n" : `No sites found in ${namespace} namespace.\n`;
}
