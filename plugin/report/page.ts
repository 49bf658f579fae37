import { createHash } from "node:crypto";
import { html, Html, type HtmlValue } from "./html.ts";
import { pageStyle } from "./page-style.ts";

// Whole, since its text must be what the policy has the hash of, to the byte.
const style = new Html(`<style>${pageStyle}</style>`);
const styleHash = createHash("sha256").update(pageStyle).digest("base64");

/**
 * A whole page that needs nothing but itself: the policy lets it load nothing, run nothing, and be styled by its one
 * style sheet only, whatever a stranger's text in it would like.
 *
 * @param generated RFC 3339
 */
export function renderPage(title: string, generated: string, content: HtmlValue): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
        <footer>
          Made by kubectl subscribie at <time datetime="${generated}">${generated}</time> from the rollouts'
          records. Times are UTC, by the API server's clock.
        </footer>
      </body>
    </html> `.text;
}

/** A section with its heading. @param id unique on the page */
export function section(id: string, heading: string, content: HtmlValue): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    ${content}
  </section> `;
}

/** Names and values, as tiles. */
export function figures(values: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl class="figures">
    ${values.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Columns of a table, by their indices, that are not plain text. */
interface ColumnKinds {
  /** Numbers, in a line below each other. */
  readonly numeric?: readonly number[];
  /** Ids and times, which are not broken into two lines. */
  readonly unbroken?: readonly number[];
}

/** A table; the first cell of each row names it. */
export function table(
  caption: string,
  headings: readonly HtmlValue[],
  rows: readonly (readonly HtmlValue[])[],
  { numeric = [], unbroken = [] }: ColumnKinds = {},
): Html {
  const classOf = (column: number) => {
    if (numeric.includes(column)) return html` class="n"`;
    return unbroken.includes(column) ? html` class="u"` : "";
  };
  const head = headings.map((heading, column) => html`<th scope="col" ${classOf(column)}>${heading}</th>`);
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((value, column) =>
          column === 0
            ? html`<th scope="row" ${classOf(column)}>${value}</th>`
            : html`<td ${classOf(column)}>${value}</td>`,
        )}
      </tr> `,
  );
  return scrolling(
    caption,
    html`<table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>`,
  );
}

/** What may be wider than the page; it can be scrolled by the keyboard too. @param label for who cannot see it */
export function scrolling(label: string, content: Html): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${content}</div>`;
}
