import { describe, expect, it } from "vitest";
import { renderTable } from "../../../plugin/terminal/table.ts";

describe("renderTable", () => {
  it("lines columns up as a terminal shows them, wide characters included", async () => {
    const table = await renderTable(
      ["NAME", "READY", "AGE"],
      [
        ["soap", "1/1", "5d"],
        ["東京", "0/1", "2m"],
      ],
    );
    expect(table).toBe("NAME   READY   AGE\nsoap   1/1     5d\n東京   0/1     2m\n");
  });

  it("keeps a cell that is read from right to left to itself, and its column as wide as it is", async () => {
    expect(
      await renderTable(
        ["ID", "AGE"],
        [
          ["שלום 12", "5d"],
          ["soap", "2m"],
        ],
      ),
    ).toBe("ID        AGE\n\u2068שלום 12\u2069   5d\nsoap      2m\n");
  });

  it("shows no escape sequence of a cell", async () => {
    expect(await renderTable(undefined, [["\u001b[2Jgone"]])).toBe("\\u{1b}[2Jgone\n");
  });
});
