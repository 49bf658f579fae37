import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { siteDefaultsSchema } from "../../../shared/site/site-defaults.ts";
import { siteManifests } from "../../../shared/site/site-manifests.ts";
import type { SiteManifests } from "../../../shared/site/site-manifests.ts";
import { parseSiteRequest } from "../../../shared/site/site-request.ts";
import type { SiteRequest } from "../../../shared/site/site-request.ts";

const identity = {
  siteName: "soap-sons",
  namespace: "shops",
  owner: { database: "sites", document: "doc-1" },
};

function requestOf(document: unknown): SiteRequest {
  const result = parseSiteRequest(document);
  if (!result.ok) throw new Error(result.reasons.join("; "));
  return result.request;
}

function render(
  document: object,
  defaults: object = {},
  live?: Parameters<typeof siteManifests>[3],
): SiteManifests {
  const request = requestOf({ company: { name: "Soap & Sons" }, ...document });
  return siteManifests(identity, request, siteDefaultsSchema.parse(defaults), live);
}

function kinds(manifests: SiteManifests): readonly string[] {
  return manifests.dependencies.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

function decode(text: string | undefined): string {
  return Buffer.from(text ?? "", "base64").toString("utf8");
}

function withoutValues(key: string, value: object): object {
  return key === "data" ? Object.keys(value) : value;
}

/** Everything but data values. */
function shape(manifests: SiteManifests): readonly unknown[] {
  const { secret, dependencies, deployment } = manifests;
  return [secret, ...dependencies, deployment].map((object) =>
    JSON.parse(JSON.stringify(object, withoutValues)),
  );
}

function podSpec(manifests: SiteManifests): object {
  return manifests.deployment.spec;
}

function ingress(document: object, defaults: object): object | undefined {
  return render(document, defaults).dependencies.find(({ kind }) => kind === "Ingress");
}

describe("a site's manifests", () => {
  it("are a Secret, a ConfigMap, a Service, an Ingress and a Deployment", () => {
    const manifests = render({});
    expect(manifests.secret.metadata.name).toBe("soap-sons.secrets");
    expect(kinds(manifests)).toEqual([
      "ConfigMap/soap-sons.config",
      "Service/soap-sons",
      "Ingress/soap-sons",
    ]);
    expect(manifests.deployment.metadata.name).toBe("soap-sons");
  });

  it("have a volume when the request or the operator asks for one, and a network policy when the operator does", () => {
    const volume = "PersistentVolumeClaim/soap-sons";
    expect(kinds(render({ hosting: { storage: "2Gi" } }))).toContain(volume);
    expect(kinds(render({}, { storage: { size: "1Gi" } }))).toContain(volume);
    expect(kinds(render({}, { networkPolicy: { enabled: true } }))).toContain("NetworkPolicy/soap-sons");
  });

  it("all carry the site's labels and its owner's digest, and not the document's id", () => {
    const { secret, dependencies, deployment } = render({});
    for (const { metadata } of [secret, ...dependencies, deployment]) {
      expect(metadata).toMatchObject({
        namespace: "shops",
        labels: { subscribie: "site", "site-name": "soap-sons" },
        annotations: { "subscribie.co.uk/owner": expect.stringMatching(/^[0-9a-f]{32}$/) },
      });
      expect(JSON.stringify(metadata)).not.toContain("doc-1");
    }
  });

  it("keep the payload whole and unchanged, as one JSON document in the ConfigMap", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), (extra) => {
        const result = parseSiteRequest({ company: { name: "Soap" }, extra });
        fc.pre(result.ok);
        if (!result.ok) return;
        const { dependencies } = siteManifests(
          identity,
          result.request,
          siteDefaultsSchema.parse({}),
          undefined,
        );
        const configMap = dependencies.find(({ kind }) => kind === "ConfigMap");
        expect(configMap).toMatchObject({
          data: { "shop.json": JSON.stringify({ company: { name: "Soap" }, extra }) },
        });
      }),
    );
  });

  it("keep the secrets in the Secret, byte for byte, and nowhere else", () => {
    const secretText = fc
      .string({ unit: "grapheme", minLength: 8, maxLength: 100 })
      .map((text) => `s3cr3t${text}`);
    fc.assert(
      fc.property(secretText, secretText, (password, loginToken) => {
        fc.pre(password.isWellFormed() && loginToken.isWellFormed());
        const { secret, dependencies, deployment } = render({ password, login_token: loginToken });
        expect(decode(secret.data["password"])).toBe(password);
        expect(decode(secret.data["login_token"])).toBe(loginToken);
        const rest = JSON.stringify([dependencies, deployment]);
        expect(rest).not.toContain("s3cr3t");
        expect(rest).not.toContain(secret.data["password"]);
      }),
    );
  });

  it("do not differ in anything but data values, whatever the payload's text is", () => {
    const plain = shape(render({ users: ["a"], password: "a", login_token: "a" }));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }), (text) => {
        fc.pre(text.isWellFormed());
        const manifests = render({
          company: { name: text, address: { [text]: text } },
          users: [text],
          password: text,
          login_token: text,
          plans: [{ title: text, description: text }],
          spec: { template: { spec: { hostNetwork: true } } },
        });
        expect(shape(manifests)).toEqual(plain);
      }),
    );
  });
});

describe("a site's Deployment", () => {
  it("keeps the site online while its pods are replaced, within the baseline of the Pod Security Standards", () => {
    expect(podSpec(render({}))).toMatchSnapshot();
  });

  it("keeps its pods to one node when it has a volume", () => {
    expect(podSpec(render({ hosting: { storage: "2Gi" } }))).toMatchObject({
      template: {
        spec: {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchLabels: { "site-name": "soap-sons" } },
                  topologyKey: "kubernetes.io/hostname",
                },
              ],
            },
          },
          volumes: expect.arrayContaining([
            { name: "data", persistentVolumeClaim: { claimName: "soap-sons" } },
          ]),
        },
      },
    });
  });

  it.each([
    ["v0.11", "ghcr.io/subscribie/subscribie:v0.11"],
    [`sha256:${"a".repeat(64)}`, `ghcr.io/subscribie/subscribie@sha256:${"a".repeat(64)}`],
    [`@sha256:${"a".repeat(64)}`, `ghcr.io/subscribie/subscribie@sha256:${"a".repeat(64)}`],
  ])("runs the version that the request asks for: %s", (version, image) => {
    expect(podSpec(render({ hosting: { version } }))).toMatchObject({
      template: { spec: { containers: [{ image }] } },
    });
  });

  it("keeps the image and the replicas of a site that exists", () => {
    const live = { image: "registry.example/shop:v9", replicas: undefined };
    const spec = podSpec(render({ hosting: { version: "v0.1", replicas: 3 } }, {}, live));
    expect(spec).toMatchObject({ template: { spec: { containers: [{ image: live.image }] } } });
    expect(spec).not.toHaveProperty("replicas");
    expect(podSpec(render({}, {}, { ...live, replicas: 4 }))).toMatchObject({ replicas: 4 });
  });

  it("passes variables on as they are: Kubernetes expands none of them", () => {
    const spec = podSpec(
      render({ hosting: { env: { A: "$(HOSTNAME) $$ $1" } } }, { env: { A: "no", B: "yes" } }),
    );
    expect(spec).toMatchObject({
      template: {
        spec: {
          containers: [
            {
              env: [
                { name: "A", value: "$$(HOSTNAME) $$$$ $$1" },
                { name: "B", value: "yes" },
              ],
            },
          ],
        },
      },
    });
  });
});

describe("a site's Ingress", () => {
  it("has the host from the operator's template, and the shop's own", () => {
    expect(
      ingress({ hosting: { hostnames: ["soap.example.org"] } }, { host: "{site}.shops.example.com" }),
    ).toMatchObject({
      spec: { rules: [{ host: "soap-sons.shops.example.com" }, { host: "soap.example.org" }] },
    });
  });

  it("uses a wildcard certificate for the template's host only", () => {
    const tls = { enabled: true, secretName: "wildcard" };
    const own = { hosts: ["soap-sons.sites.localhost"], secretName: "wildcard" };
    expect(ingress({}, { ingress: { tls } })).toMatchObject({ spec: { tls: [own] } });
    expect(ingress({ hosting: { hostnames: ["soap.example.org"] } }, { ingress: { tls } })).toMatchObject({
      spec: { tls: [own, { hosts: ["soap.example.org"], secretName: "soap-sons.tls" }] },
    });
  });

  it("has the operator's class and annotations, which cannot replace ours", () => {
    const annotations = { "cert-manager.io/cluster-issuer": "letsencrypt", "subscribie.co.uk/owner": "me" };
    expect(ingress({}, { ingress: { className: "nginx", annotations } })).toMatchObject({
      metadata: {
        annotations: {
          "cert-manager.io/cluster-issuer": "letsencrypt",
          "subscribie.co.uk/owner": expect.stringMatching(/^[0-9a-f]{32}$/),
        },
      },
      spec: { ingressClassName: "nginx" },
    });
  });
});
