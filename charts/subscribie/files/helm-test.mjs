// Asks the API server, by dry runs, whether the webhooks are at work: a Deployment without its labels gets them, and
// one with another site's label is refused by name. Nothing is created.
import { readFileSync } from "node:fs";
import { request } from "node:https";

const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, SITES_NAMESPACE, IMAGE, ACCOUNT_DIRECTORY } =
  process.env;
const account = ACCOUNT_DIRECTORY ?? "/var/run/secrets/kubernetes.io/serviceaccount";

function deployment(labels) {
  const selected = { subscribie: "site", "site-name": "subscribie-helm-test" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "subscribie-helm-test", labels },
    spec: {
      selector: { matchLabels: selected },
      template: {
        metadata: { labels: selected },
        spec: { containers: [{ name: "subscribie", image: IMAGE }] },
      },
    },
  };
}

async function create(body) {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: KUBERNETES_SERVICE_HOST,
        port: KUBERNETES_SERVICE_PORT,
        method: "POST",
        path: `/apis/apps/v1/namespaces/${SITES_NAMESPACE}/deployments?dryRun=All`,
        ca: readFileSync(`${account}/ca.crt`),
        headers: {
          authorization: `Bearer ${readFileSync(`${account}/token`, "utf8").trim()}`,
          "content-type": "application/json",
        },
      },
      async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
      },
    );
    outgoing.once("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}

function check(what, passed, found) {
  const answer = passed ? "" : `: ${JSON.stringify(found).slice(0, 1000)}`;
  process.stdout.write(`${passed ? "ok" : "FAILED"}: ${what}${answer}\n`);
  if (!passed) process.exitCode = 1;
}

const bad = await create(deployment({ "site-name": "another-site" }));
check(
  "a site with another site's label is refused",
  bad.status >= 400 && bad.body.message.includes("site-labels"),
  bad.body,
);

const good = await create(deployment({}));
check("a site is let in, and labelled", good.body.metadata?.labels?.subscribie === "site", good.body);
