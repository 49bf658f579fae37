import { inEachContainerList, site } from "../sample-site.ts";
import { describeControl } from "./check-table.ts";

const pod = "spec.template.spec";
const container = `${pod}.containers[0]`;
const lists = [container, `${pod}.initContainers[0]`, `${pod}.ephemeralContainers[0]`] as const;

/** A field of a container, bad in each of the three lists. */
function badInEachList(what: string, field: string, value: unknown, path = field) {
  return Object.fromEntries(
    inEachContainerList(field, value).map((object, index) => [
      `${what} (${["regular", "init", "ephemeral"][index]} container)`,
      [object, `${lists[index]}.${path}`] as const,
    ]),
  );
}

function goodInEachList(what: string, field: string, value: unknown) {
  return Object.fromEntries(
    inEachContainerList(field, value).map((object, index) => [
      `${what} (${["regular", "init", "ephemeral"][index]} container)`,
      object,
    ]),
  );
}

describeControl("host-namespaces", {
  passing: {
    "a site": site(),
    "an explicit false": site(["pod.hostNetwork", false], ["pod.hostPID", false], ["pod.hostIPC", false]),
    "a null": site(["pod.hostNetwork", null]),
  },
  failing: {
    "the node's network": [site(["pod.hostNetwork", true]), `${pod}.hostNetwork`],
    "the node's processes": [site(["pod.hostPID", true]), `${pod}.hostPID`],
    "the node's IPC": [site(["pod.hostIPC", true]), `${pod}.hostIPC`],
    "a true in quotes": [site(["pod.hostIPC", "true"]), `${pod}.hostIPC`],
  },
});

describeControl("privileged", {
  passing: goodInEachList("an explicit false", "securityContext.privileged", false),
  failing: badInEachList("a privileged container", "securityContext.privileged", true),
});

describeControl("capabilities", {
  passing: {
    ...goodInEachList("capabilities of the baseline", "securityContext.capabilities.add", [
      "CHOWN",
      "KILL",
      "SETFCAP",
    ]),
    "dropped ones": site(["container.securityContext.capabilities.drop", ["ALL"]]),
  },
  failing: {
    ...badInEachList(
      "NET_RAW",
      "securityContext.capabilities.add",
      ["NET_RAW"],
      "securityContext.capabilities.add[0]",
    ),
    ALL: [
      site(["container.securityContext.capabilities.add", ["CHOWN", "ALL"]]),
      `${container}.securityContext.capabilities.add[1]`,
    ],
    "lower case": [
      site(["container.securityContext.capabilities.add", ["chown"]]),
      `${container}.securityContext.capabilities.add[0]`,
    ],
    "the CAP_ prefix": [
      site(["container.securityContext.capabilities.add", ["CAP_CHOWN"]]),
      `${container}.securityContext.capabilities.add[0]`,
    ],
  },
});

describeControl("host-path", {
  passing: { "an emptyDir": site(["pod.volumes", [{ name: "scratch", emptyDir: {} }]]) },
  failing: {
    "a path of the node": [
      site([
        "pod.volumes",
        [
          { name: "a", emptyDir: {} },
          { name: "b", hostPath: { path: "/etc" } },
        ],
      ]),
      `${pod}.volumes[1].hostPath`,
    ],
  },
});

describeControl("host-ports", {
  passing: {
    "a container's port": site(["container.ports", [{ containerPort: 80 }]]),
    "the API's zero": site(["container.ports", [{ containerPort: 80, hostPort: 0 }]]),
  },
  failing: {
    ...badInEachList(
      "a port of the node",
      "ports",
      [{ containerPort: 80, hostPort: 80 }],
      "ports[0].hostPort",
    ),
    "an address of the node": [
      site(["container.ports", [{ containerPort: 80, hostIP: "0.0.0.0" }]]),
      `${container}.ports[0].hostIP`,
    ],
  },
});

describeControl("probe-hosts", {
  passing: {
    "a probe of the pod itself": site([
      "container.livenessProbe",
      { httpGet: { path: "/", port: 80, host: "" } },
    ]),
    "another header": site([
      "container.readinessProbe.httpGet.httpHeaders",
      [{ name: "X-Probe", value: "readiness" }],
    ]),
  },
  failing: {
    ...badInEachList("a liveness probe elsewhere", "livenessProbe.httpGet.host", "169.254.169.254"),
    ...badInEachList("a readiness probe elsewhere", "readinessProbe.tcpSocket.host", "10.0.0.1"),
    ...badInEachList("a startup probe elsewhere", "startupProbe.httpGet.host", "localhost"),
    ...badInEachList("a postStart hook elsewhere", "lifecycle.postStart.httpGet.host", "evil.example"),
    ...badInEachList("a preStop hook elsewhere", "lifecycle.preStop.tcpSocket.host", "evil.example"),
    "a Host header": [
      site(["container.readinessProbe.httpGet.httpHeaders", [{ name: "hOsT", value: "internal" }]]),
      `${container}.readinessProbe.httpGet.httpHeaders[0]`,
    ],
  },
});

describeControl("app-armor", {
  passing: {
    "the runtime's profile": site(["pod.securityContext.appArmorProfile", { type: "RuntimeDefault" }]),
    "a profile of the node": site([
      "container.securityContext.appArmorProfile",
      { type: "Localhost", localhostProfile: "site" },
    ]),
    "the annotation with the runtime's profile": site([
      [
        "spec",
        "template",
        "metadata",
        "annotations",
        "container.apparmor.security.beta.kubernetes.io/subscribie",
      ],
      "runtime/default",
    ]),
  },
  failing: {
    "an unconfined pod": [
      site(["pod.securityContext.appArmorProfile", { type: "Unconfined" }]),
      `${pod}.securityContext.appArmorProfile.type`,
    ],
    ...badInEachList("an unconfined container", "securityContext.appArmorProfile.type", "Unconfined"),
    "an empty profile": [
      site(["pod.securityContext.appArmorProfile", {}]),
      `${pod}.securityContext.appArmorProfile.type`,
    ],
    "the annotation without a profile": [
      site([
        [
          "spec",
          "template",
          "metadata",
          "annotations",
          "container.apparmor.security.beta.kubernetes.io/subscribie",
        ],
        "unconfined",
      ]),
      "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/subscribie]",
    ],
  },
});

describeControl("selinux", {
  passing: {
    "a container's type": site([
      "pod.securityContext.seLinuxOptions",
      { type: "container_engine_t", level: "s0:c1" },
    ]),
    "empty texts": site(["pod.securityContext.seLinuxOptions", { type: "", user: "", role: "" }]),
  },
  failing: {
    "another type": [
      site(["pod.securityContext.seLinuxOptions", { type: "spc_t" }]),
      `${pod}.securityContext.seLinuxOptions.type`,
    ],
    ...badInEachList("a user", "securityContext.seLinuxOptions.user", "system_u"),
    ...badInEachList("a role", "securityContext.seLinuxOptions.role", "sysadm_r"),
  },
});

describeControl("proc-mount", {
  passing: goodInEachList("the default", "securityContext.procMount", "Default"),
  failing: {
    ...badInEachList("an unmasked /proc", "securityContext.procMount", "Unmasked"),
    "an unmasked /proc with hostUsers: false": [
      site(["pod.hostUsers", false], ["container.securityContext.procMount", "Unmasked"]),
      `${container}.securityContext.procMount`,
    ],
  },
});

describeControl("seccomp", {
  passing: {
    "the runtime's profile": site(["pod.securityContext.seccompProfile", { type: "RuntimeDefault" }]),
    "no profile": site(),
  },
  failing: {
    "an unconfined pod": [
      site(["pod.securityContext.seccompProfile", { type: "Unconfined" }]),
      `${pod}.securityContext.seccompProfile.type`,
    ],
    ...badInEachList("an unconfined container", "securityContext.seccompProfile.type", "Unconfined"),
    "an unconfined container in a confined pod": [
      site(
        ["pod.securityContext.seccompProfile", { type: "RuntimeDefault" }],
        ["container.securityContext.seccompProfile", { type: "Unconfined" }],
      ),
      `${container}.securityContext.seccompProfile.type`,
    ],
  },
});

describeControl("sysctls", {
  passing: {
    "safe ones": site([
      "pod.securityContext.sysctls",
      [
        { name: "net.ipv4.tcp_syncookies", value: "1" },
        { name: "net.ipv4.tcp_notsent_lowat", value: "1" },
      ],
    ]),
  },
  failing: {
    "an unsafe one": [
      site(["pod.securityContext.sysctls", [{ name: "kernel.msgmax", value: "1" }]]),
      `${pod}.securityContext.sysctls[0].name`,
    ],
    "one that only begins like a safe one": [
      site(["pod.securityContext.sysctls", [{ name: "net.ipv4.tcp_syncookies.x", value: "1" }]]),
      `${pod}.securityContext.sysctls[0].name`,
    ],
    "an unsafe one in a safe one's value": [
      site([
        "pod.securityContext.sysctls",
        [{ name: "kernel.shm_rmid_forced", value: "1+kernel.core_pattern=|/data/x #" }],
      ]),
      `${pod}.securityContext.sysctls[0].value`,
    ],
  },
});

describeControl("windows", {
  passing: {
    linux: site(["pod.os", { name: "linux" }]),
    "empty options": site(["pod.securityContext.windowsOptions", {}]),
  },
  failing: {
    "a pod that calls itself Windows": [site(["pod.os", { name: "windows" }]), `${pod}.os.name`],
    "a host process pod": [
      site(["pod.securityContext.windowsOptions", { hostProcess: true }]),
      `${pod}.securityContext.windowsOptions`,
    ],
    ...badInEachList("Windows options", "securityContext.windowsOptions", { hostProcess: true }),
  },
});
