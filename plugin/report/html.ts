import { printable } from "../../shared/text/printable.ts";

/** Text that is HTML already: only `html` makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = Html | string | number | readonly HtmlValue[];

const longestText = 1_000;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A template for HTML: every value that is not HTML itself is made printable and escaped, for content and for quoted
 * attributes. Attributes must therefore be quoted, and no value may stand in a URL, a style or a script.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.map((text, index) => text + render(values[index] ?? "")).join(""));
}

function render(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "number") return String(value);
  if (typeof value === "string")
    return printable(value, longestText).replace(/[&<>"']/g, (character) => entities[character] ?? "");
  return value.map(render).join("");
}
