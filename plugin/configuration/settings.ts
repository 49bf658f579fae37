import { printable } from "../../shared/text/printable.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { suggestion } from "../parse-arguments.ts";
import type { Configuration, Fleet } from "./configuration-file.ts";
import { settingVariables } from "./configuration-path.ts";

/** A setting's value and where it comes from: a flag, a variable, or a fleet of the file. */
interface Setting {
  readonly value: string;
  readonly from: string;
}

type SettingName = "context" | "namespace" | "record-namespace";

export interface Settings {
  /** The fleet in use, with its name. */
  readonly fleet: { readonly name: string; readonly fleet: Fleet } | undefined;
  /** By the flag that sets the same; what is nowhere set is absent, and kubectl's own rules hold. */
  readonly values: Readonly<Partial<Record<SettingName, Setting>>>;
}

/** Flags by which a person names a cluster: the fleet that is used by default is not meant then. */
const clusterFlags = ["context", "kubeconfig", "cluster", "server"];

/**
 * What holds where a flag, a variable and the file's fleet say something: the flag wins over the variable, and that
 * over the file. A fleet that was not named by `--fleet` is left aside as a whole once a flag names a cluster: a
 * namespace of production must not be looked for in a test cluster, or the other way round.
 */
export function resolveSettings(
  flag: (name: string) => string | undefined,
  env: Io["env"],
  configuration: Configuration,
): Settings {
  const fleet = chooseFleet(flag, env, configuration);
  const of = (name: SettingName, inFleet: string | undefined): Partial<Record<SettingName, Setting>> => {
    const given = flag(name);
    if (given !== undefined) return { [name]: { value: given, from: `--${name}` } };
    const variable = env[settingVariables[name]];
    if (variable) return { [name]: { value: variable, from: settingVariables[name] } };
    return fleet === undefined || inFleet === undefined
      ? {}
      : { [name]: { value: inFleet, from: `fleet ${fleet.name}` } };
  };
  return {
    fleet,
    values: {
      ...of("context", fleet?.fleet.context),
      ...of("namespace", fleet?.fleet.namespace),
      ...of("record-namespace", fleet?.fleet.recordNamespace),
    },
  };
}

function chooseFleet(
  flag: (name: string) => string | undefined,
  env: Io["env"],
  { fleet: usual, fleets }: Configuration,
): Settings["fleet"] {
  const asked = flag("fleet");
  const namesCluster = clusterFlags.some((name) => flag(name) !== undefined);
  const name = asked ?? (namesCluster ? undefined : env[settingVariables.fleet] || usual);
  if (name === undefined) return undefined;
  const fleet = Object.hasOwn(fleets, name) ? fleets[name] : undefined;
  if (fleet !== undefined) return { name, fleet };
  const known = Object.keys(fleets);
  const meant = suggestion(name, known);
  const hint =
    meant === undefined
      ? `it has ${
          known
            .slice(0, 20)
            .map((one) => printable(one, 60))
            .join(", ") || "none"
        }`
      : `did you mean ${printable(meant, 60)}?`;
  throw new UsageError(`no fleet '${printable(name, 60)}' in the configuration; ${hint}`);
}
