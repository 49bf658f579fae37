/** A change of an object: where, as names and list indexes joined by dots (or as a list), and the new value. */
export type Change = readonly [path: string | readonly (string | number)[], value: unknown];

/** The least that a site needs to be within the default limits, as an author may write it. */
function minimalSite(): Record<string, unknown> {
  const labels = { subscribie: "site", "site-name": "soap" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "soap", namespace: "shops", labels },
    spec: {
      selector: { matchLabels: { "site-name": "soap" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: { ...labels } },
        spec: {
          automountServiceAccountToken: false,
          containers: [minimalContainer("subscribie")],
        },
      },
    },
  };
}

/** A container that is within the default limits. */
export function minimalContainer(name: string): Record<string, unknown> {
  return {
    name,
    image: "ghcr.io/subscribie/subscribie:v0.10",
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
    readinessProbe: { httpGet: { path: "/health", port: 80 } },
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
  };
}

const shortcuts: readonly (readonly [string, string])[] = [
  ["container.", "spec.template.spec.containers.0."],
  ["template.", "spec.template."],
  ["pod.", "spec.template.spec."],
];

function segmentsOf(path: Change[0]): readonly string[] {
  if (typeof path !== "string") return path.map(String);
  const [short, long] = shortcuts.find(([beginning]) => path.startsWith(beginning)) ?? ["", ""];
  return (long + path.slice(short.length)).split(".");
}

/** A copy of an object with changes; undefined as a value takes the member away. Missing parents are made. */
export function changed(object: unknown, ...changes: readonly Change[]): unknown {
  const copy: unknown = structuredClone(object);
  for (const [path, value] of changes) {
    const segments = segmentsOf(path);
    let current: unknown = copy;
    for (const [index, segment] of segments.entries()) {
      if (typeof current !== "object" || current === null)
        throw new Error(`no object on the way to ${String(path)}`);
      if (index < segments.length - 1) {
        if (Reflect.get(current, segment) === undefined) {
          const next = segments[index + 1] ?? "";
          Reflect.set(current, segment, /^\d+$/.test(next) ? [] : {});
        }
        current = Reflect.get(current, segment);
      } else if (value === undefined) Reflect.deleteProperty(current, segment);
      else Reflect.set(current, segment, structuredClone(value));
    }
  }
  return copy;
}

/** A minimal site with changes. `container.` is its container, `pod.` its pod's spec, `template.` its pod template. */
export function site(...changes: readonly Change[]): unknown {
  return changed(minimalSite(), ...changes);
}

/** A site with a field of a container set: once in a regular, once in an init, once in an ephemeral container. */
export function inEachContainerList(field: string, value: unknown): readonly unknown[] {
  return [
    site([`container.${field}`, value]),
    ...["initContainers", "ephemeralContainers"].map((list) =>
      site([`pod.${list}`, [changed(minimalContainer("other"), [field, value])]]),
    ),
  ];
}

/** A pod of its own, within the default limits. */
export function pod(...changes: readonly Change[]): unknown {
  const bare = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper", namespace: "shops" },
    spec: { automountServiceAccountToken: false, containers: [minimalContainer("helper")] },
  };
  return changed(bare, ...changes);
}
