import packageJson from "../package.json" with { type: "json" };

/** The plugin's own version, from package.json, without a leading v. */
export const { version } = packageJson;
