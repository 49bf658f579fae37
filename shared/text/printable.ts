/**
 * What must never reach a terminal or a log line as it is: C0 and C1 control characters (escape sequences begin
 * with one), line and paragraph separators, and the bidirectional controls that make text read as what it is not
 * (CVE-2021-42574). Lone surrogates are not text at all.
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- control characters are what this finds
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\u{e0000}-\u{e007f}]/gu;

/**
 * A stranger's text, safe to show in one line: unprintable characters become `\u{…}` escapes (line breaks and tabs
 * become spaces), and what is longer than `maxLength` characters is cut with an ellipsis.
 */
export function printable(text: string, maxLength = 200): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return cut.replace(/[\t\r\n]+/g, " ").replace(unprintable, escapeCharacter);
}

/**
 * Letters that are read from right to left: the blocks that Unicode keeps for them.
 * https://www.unicode.org/reports/tr9/#Bidirectional_Character_Types
 */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A printable text for a place with other text beside it on its line. Text that is read from right to left would draw
 * numbers and columns beside it into its own order: it is set apart by an isolate, which terminals that know no such
 * order show as nothing.
 */
export function isolated(text: string): string {
  return rightToLeft.test(text) ? `\u2068${text}\u2069` : text;
}

/** Whether a text has what `printable` would escape; line breaks and tabs, which it makes spaces, count too. */
export function hasUnprintable(text: string): boolean {
  return text.search(unprintable) !== -1;
}

/**
 * JSON, or YAML whose strings are double-quoted, with what is unprintable escaped as both write it. Their own rules
 * escape no more than C0 controls: a terminal that reads U+009B takes it for the beginning of an escape sequence.
 */
export function printableQuoted(text: string, astral: "pair" | "long"): string {
  return text.replace(unprintable, (character) =>
    character === "\n" ? character : quoted(character, astral),
  );
}

/** JSON writes a character outside the basic plane as two surrogates; YAML has an escape for it. */
function quoted(character: string, astral: "pair" | "long"): string {
  const codePoint = character.codePointAt(0) ?? 0;
  if (astral === "long" && codePoint > 0xffff) return `\\U${codePoint.toString(16).padStart(8, "0")}`;
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
