import { expect, it } from "vitest";
import { site } from "../sample-site.ts";
import type { Change } from "../sample-site.ts";
import { allFindings, describeControl, evaluateCreate } from "./check-table.ts";

const limits = { podSecurity: "restricted" };
const container = "spec.template.spec.containers[0]";

/** What the restricted standard wants of a pod. */
const hardened: readonly Change[] = [
  ["pod.securityContext", { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }],
  ["container.securityContext", { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }],
];

it("looks at restricted controls only where the limits ask for the restricted standard", () => {
  expect(allFindings(evaluateCreate(site()))).toEqual([]);
  expect(allFindings(evaluateCreate(site(...hardened), limits))).toEqual([]);
  expect(new Set(allFindings(evaluateCreate(site(), limits)).map(({ control }) => control))).toEqual(
    new Set(["restricted-capabilities", "restricted-seccomp", "privilege-escalation", "run-as-non-root"]),
  );
});

describeControl("restricted-volumes", {
  limits: { ...limits, volumes: { types: ["emptyDir", "nfs"] } },
  passing: { "an emptyDir": site(...hardened, ["pod.volumes", [{ name: "a", emptyDir: {} }]]) },
  failing: {
    "NFS, though the operator's list has it": [
      site(...hardened, ["pod.volumes", [{ name: "a", nfs: { server: "s", path: "/" } }]]),
      "spec.template.spec.volumes[0].nfs",
    ],
  },
});

describeControl("restricted-capabilities", {
  limits,
  passing: {
    "NET_BIND_SERVICE beside a dropped ALL": site(...hardened, [
      "container.securityContext.capabilities.add",
      ["NET_BIND_SERVICE"],
    ]),
  },
  failing: {
    "nothing dropped": [
      site(...hardened, ["container.securityContext.capabilities", {}]),
      `${container}.securityContext.capabilities.drop`,
    ],
    '"all" in lower case': [
      site(...hardened, ["container.securityContext.capabilities.drop", ["all"]]),
      `${container}.securityContext.capabilities.drop`,
    ],
    CHOWN: [
      site(...hardened, ["container.securityContext.capabilities.add", ["CHOWN"]]),
      `${container}.securityContext.capabilities.add[0]`,
    ],
  },
});

describeControl("restricted-seccomp", {
  limits,
  passing: {
    "a profile for each container": site(
      ...hardened,
      ["pod.securityContext.seccompProfile", undefined],
      ["container.securityContext.seccompProfile", { type: "RuntimeDefault" }],
    ),
  },
  failing: {
    "no profile at all": [
      site(...hardened, ["pod.securityContext.seccompProfile", undefined]),
      `${container}.securityContext.seccompProfile`,
    ],
  },
});

describeControl("privilege-escalation", {
  limits,
  passing: { "an explicit false": site(...hardened) },
  failing: {
    silence: [
      site(...hardened, ["container.securityContext.allowPrivilegeEscalation", undefined]),
      `${container}.securityContext.allowPrivilegeEscalation`,
    ],
    true: [
      site(...hardened, ["container.securityContext.allowPrivilegeEscalation", true]),
      `${container}.securityContext.allowPrivilegeEscalation`,
    ],
  },
});

describeControl("run-as-non-root", {
  limits,
  passing: {
    "true for the container only": site(
      ...hardened,
      ["pod.securityContext.runAsNonRoot", undefined],
      ["container.securityContext.runAsNonRoot", true],
    ),
  },
  failing: {
    "a container that takes the pod's true back": [
      site(...hardened, ["container.securityContext.runAsNonRoot", false]),
      `${container}.securityContext.runAsNonRoot`,
    ],
    "a false for the pod": [
      site(...hardened, ["pod.securityContext.runAsNonRoot", false]),
      `${container}.securityContext.runAsNonRoot`,
    ],
    "silence with hostUsers: false": [
      site(...hardened, ["pod.securityContext.runAsNonRoot", undefined], ["pod.hostUsers", false]),
      `${container}.securityContext.runAsNonRoot`,
    ],
  },
});

describeControl("run-as-user", {
  limits,
  passing: { "user 1000": site(...hardened, ["pod.securityContext.runAsUser", 1000]) },
  failing: {
    "user 0 for the pod": [
      site(...hardened, ["pod.securityContext.runAsUser", 0]),
      "spec.template.spec.securityContext.runAsUser",
    ],
    "user 0 for a container": [
      site(...hardened, ["container.securityContext.runAsUser", 0]),
      `${container}.securityContext.runAsUser`,
    ],
  },
});
