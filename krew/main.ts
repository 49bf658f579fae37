/**
 * Prints the krew manifest of this version:
 *
 *     node krew/main.ts < checksums.txt > subscribie.yaml
 */
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import packageJson from "../package.json" with { type: "json" };
import { krewManifest, parseChecksums } from "./krew-manifest.ts";

const checksums = parseChecksums(await text(process.stdin));
process.stdout.write(stringify(krewManifest(packageJson.version, checksums), { lineWidth: 0 }));
