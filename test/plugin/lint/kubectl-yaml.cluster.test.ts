import { expect, it } from "vitest";
import { parseManifests } from "../../../plugin/lint/manifest-documents.ts";
import { kubectl } from "../../control-plane/test-cluster.ts";

/** Whatever YAML 1.1, YAML 1.2 and kubectl may read differently. */
const content = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shops}
base: &base {hostPID: true, same: base}
merged: {<<: *base, same: own}
mergedList: {<<: [*base, {other: 1}]}
truths: [yes, Yes, YES, yEs, y, Y, on, ON, true, True, TRUE]
untruths: [no, No, NO, nO, n, N, off, OFF, false, False, FALSE]
nothing: [~, null, Null, NULL, "~", ""]
empty:
wholeNumbers: [0644, 0o644, 0b101, 0x1F, 1_000, +1, -0, 1:30, 12345678901234567890]
numbers: [1e3, 1E3, .5, 1., 1.0, 2.50, 685_230.15, 1.2.3]
times: [2026-01-01, 2026-01-01T00:00:00Z]
tagged: [!!str yes, !!int "5", !!binary aGk=]
yes: a key
1: another
1.5: a third
`;

it("reads YAML as kubectl does", async () => {
  const { stdout, stderr } = await kubectl(
    ["create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-"],
    { input: content },
  );
  expect(stderr).toBe("");
  const [read] = parseManifests({ origin: "a test", content });
  // Written and read again, so that -0 is 0 for both.
  expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(stdout));
});
