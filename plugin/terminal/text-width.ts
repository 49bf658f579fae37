/** How many columns a text takes on a terminal. */
export type TextWidth = (text: string) => number;

const plain = /^[ -~]*$/;

/**
 * Measures these texts. Nearly all are ASCII and as wide as they are long; string-width, and what Node.js loads of
 * Unicode for it, cost a command 40 ms of its start, and are loaded for the others only.
 */
export async function textWidthFor(texts: Iterable<string>): Promise<TextWidth> {
  for (const text of texts) if (!plain.test(text)) return (await import("string-width")).default;
  return (text) => text.length;
}
