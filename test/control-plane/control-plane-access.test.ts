import { tmpdir } from "node:os";
import path from "node:path";

import { expect, test } from "vitest";

import { readControlPlaneAccess } from "./control-plane-access.ts";

test("a directory in which no control plane runs is named, with the command that starts one there", async () => {
  const directory = path.join(tmpdir(), "no-such-control-plane");
  await expect(readControlPlaneAccess(directory)).rejects.toThrow(
    `No control plane runs in ${directory}: start one with: node test/control-plane/main.ts start --directory ${directory}`,
  );
});
