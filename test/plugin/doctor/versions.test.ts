import { expect, test } from "vitest";
import { judgeServer } from "../../../plugin/doctor/versions.ts";

test.each(["v1.33.9", "v1.9.0", "v0.34.0", "v1.33.5-gke.100"])("%s is too old, and it is said", (server) => {
  expect(judgeServer(server)).toEqual([
    {
      message: `the API server is ${server}; what was tested is v1.34 and newer`,
      fix: "upgrade the cluster",
    },
  ]);
});

test.each(["v1.34.0", "v1.37.2", "v1.100.0", "v2.0.0", "v1.34.1-eks-1a2b3c"])(
  "%s is new enough",
  (server) => {
    expect(judgeServer(server)).toEqual([]);
  },
);
