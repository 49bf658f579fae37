import { readFileSync } from "node:fs";
import https from "node:https";
import express from "express";

/*
 * The floor: an Express 5 handler that parses a review by express.json and allows it. Started as a process of its own
 * with the certificate's file and the key's; prints its port.
 */
const [certificateFile = "", keyFile = ""] = process.argv.slice(2);

const app = express();
app.use(express.json({ limit: "7mb" }));
app.post("/validate", (request, response) => {
  const { uid }: { uid: string } = request.body.request;
  response.json({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid, allowed: true },
  });
});

const server = https.createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, app);
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`port ${typeof address === "object" ? address?.port : ""}`);
});
