import { inEachContainerList, pod, site } from "../sample-site.ts";
import { describeControl } from "./check-table.ts";

const spec = "spec.template.spec";
const container = `${spec}.containers[0]`;
const lists = [container, `${spec}.initContainers[0]`, `${spec}.ephemeralContainers[0]`] as const;

describeControl("env-size", {
  passing: { "a value of 4096 bytes": site(["container.env", [{ name: "A", value: "x".repeat(4096) }]]) },
  failing: {
    "a value that is too long in bytes": [
      site(["container.env", [{ name: "A", value: "é".repeat(2049) }]]),
      `${container}.env[0].value`,
    ],
    "too many variables": [
      site(["container.env", Array.from({ length: 101 }, (_, index) => ({ name: `A${index}`, value: "" }))]),
      `${container}.env`,
    ],
    "too much in all": [
      site([
        "container.env",
        Array.from({ length: 10 }, (_, index) => ({ name: `A${index}`, value: "x".repeat(4000) })),
      ]),
      `${container}.env`,
    ],
  },
});

describeControl("env-names", {
  passing: {
    "usual names": site([
      "container.env",
      [
        { name: "FLASK_ENV", value: "a" },
        { name: "my.name-2", value: "b" },
      ],
    ]),
    "a name that JavaScript knows": site(["container.env", [{ name: "constructor", value: "a" }]]),
  },
  failing: {
    LD_PRELOAD: [
      site(["container.env", [{ name: "LD_PRELOAD", value: "/tmp/x.so" }]]),
      `${container}.env[0].name`,
    ],
    "a name twice": [
      site([
        "container.env",
        [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      ]),
      `${container}.env[1].name`,
    ],
    "an empty name": [site(["container.env", [{ name: "", value: "1" }]]), `${container}.env[0].name`],
    "a name with a line break": [
      site(["container.env", [{ name: "A\nB", value: "1" }]]),
      `${container}.env[0].name`,
    ],
    "a prefix of reserved names": [
      site(["container.envFrom", [{ prefix: "LD_", configMapRef: { name: "soap.config" } }]]),
      `${container}.envFrom[0].prefix`,
    ],
  },
});

describeControl("env-references", {
  passing: {
    "the site's own Secret and ConfigMap": site(
      ["container.env", [{ name: "A", valueFrom: { secretKeyRef: { name: "soap.secrets", key: "a" } } }]],
      ["container.envFrom", [{ configMapRef: { name: "soap.config" } }, { secretRef: { name: "soap" } }]],
    ),
    "a field of the pod": site([
      "container.env",
      [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    ]),
  },
  failing: {
    ...Object.fromEntries(
      inEachContainerList("envFrom", [{ secretRef: { name: "candles.secrets" } }]).map((object, index) => [
        `another site's Secret as a whole (list ${index})`,
        [object, `${lists[index]}.envFrom[0].secretRef.name`] as const,
      ]),
    ),
    "a key of another site's Secret": [
      site([
        "container.env",
        [{ name: "A", valueFrom: { secretKeyRef: { name: "candles.secrets", key: "a" } } }],
      ]),
      `${container}.env[0].valueFrom.secretKeyRef.name`,
    ],
    "a key of a ConfigMap that begins with the site's name": [
      site([
        "container.env",
        [{ name: "A", valueFrom: { configMapKeyRef: { name: "soap-opera.config", key: "a" } } }],
      ]),
      `${container}.env[0].valueFrom.configMapKeyRef.name`,
    ],
    "a reference without a name": [
      site(["container.envFrom", [{ secretRef: {} }]]),
      `${container}.envFrom[0].secretRef.name`,
    ],
    "a bare pod that calls itself a site": [
      pod(
        ["metadata.labels", { "site-name": "soap" }],
        ["spec.containers.0.envFrom", [{ secretRef: { name: "soap.secrets" } }]],
      ),
      "spec.containers[0].envFrom[0].secretRef.name",
    ],
  },
});

describeControl("env-references", {
  limits: { references: { configMaps: ["fleet"] } },
  passing: { "what the limits share": site(["container.envFrom", [{ configMapRef: { name: "fleet" } }]]) },
  failing: {
    "a Secret of the same name": [
      site(["container.envFrom", [{ secretRef: { name: "fleet" } }]]),
      `${container}.envFrom[0].secretRef.name`,
    ],
  },
});

describeControl("env-credentials", {
  passing: {
    "a password from a Secret": site([
      "container.env",
      [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "soap.secrets", key: "password" } } }],
    ]),
    "a harmless name": site(["container.env", [{ name: "TOKENIZER", value: "x" }]]),
    "a harmless URL": site(["container.env", [{ name: "URL", value: "https://soap.example:8080/a@b" }]]),
    "a public key": site(["container.env", [{ name: "KEY", value: "-----BEGIN PUBLIC KEY-----" }]]),
  },
  failing: {
    "a password as a literal": [
      site(["container.env", [{ name: "DB_PASSWORD", value: "hunter2" }]]),
      `${container}.env[0].value`,
    ],
    "a cloud's access key": [
      site(["container.env", [{ name: "AWS_SECRET_ACCESS_KEY", value: "x" }]]),
      `${container}.env[0].value`,
    ],
    "a private key, by whatever name": [
      site(["container.env", [{ name: "X", value: "-----BEGIN RSA PRIVATE KEY-----\nMIIE" }]]),
      `${container}.env[0].value`,
    ],
    "a password in a URL": [
      site(["container.env", [{ name: "DATABASE", value: "postgres://shop:hunter2@db:5432/shop" }]]),
      `${container}.env[0].value`,
    ],
    "an API key": [
      site(["container.env", [{ name: "stripe_api_key", value: "sk" }]]),
      `${container}.env[0].value`,
    ],
  },
});
