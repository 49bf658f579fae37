import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isolated, printable } from "../../../shared/text/printable.ts";

describe("printable", () => {
  it.each([
    ["\u001b[31mred\u001b[0m", "\\u{1b}[31mred\\u{1b}[0m"],
    ["two\r\nlines\tand a tab", "two lines and a tab"],
    ["\u202egnihton", "\\u{202e}gnihton"],
    ["\ud800 alone", "\\u{d800} alone"],
    ["Crème brûlée 東京 שלום 🧼", "Crème brûlée 東京 שלום 🧼"],
  ])("turns %j into %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it("cuts what is too long", () => {
    expect(printable("abcdef", 4)).toBe("abc…");
  });

  it("never lets a control character or a lone surrogate through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 50 }), (text, length) => {
        const shown = printable(text, length);
        expect(shown).not.toMatch(/\p{Cc}/u);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("isolated", () => {
  it.each(["שלום", "soap שלום", "سلام", "\u{1e900}"])("sets %s apart", (text) => {
    expect(isolated(text)).toBe(`\u2068${text}\u2069`);
  });

  it.each(["soap", "東京", "Crème", ""])("leaves '%s' as it is", (text) => {
    expect(isolated(text)).toBe(text);
  });
});
