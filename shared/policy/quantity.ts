import { remember } from "../text/remember.ts";

/**
 * Kubernetes quantities (`250m`, `1.5Gi`, `1e3`), compared exactly: an amount in nano-units as a bigint, rounded up
 * as the API does. Source: k8s.io/apimachinery pkg/api/resource, quantity.go.
 */
export type Quantity = bigint;

const form = /^([+-]?)(\d{0,25})(?:\.(\d{0,25}))?(?:([eE])([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;

const nanoDigits = 9;

const decimalExponents: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);

const binaryShifts: ReadonlyMap<string, bigint> = new Map([
  ["Ki", 10n],
  ["Mi", 20n],
  ["Gi", 30n],
  ["Ti", 40n],
  ["Pi", 50n],
  ["Ei", 60n],
]);

/**
 * Reads a quantity; a YAML or JSON number counts as its text. Undefined for what the API would refuse, and for
 * texts beyond 25 digits or an exponent of two digits, which no resource needs.
 */
export function parseQuantity(value: unknown): Quantity | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? parseQuantity(String(value)) : undefined;
  if (typeof value !== "string") return undefined;
  return value.length > maximumLength ? undefined : parseKnown(value);
}

/** More than any sensible quantity has. */
const maximumLength = 64;

/** Quantities repeat: the limits' own are compared with at every review. */
const parseKnown = remember(parseText, 1000);

function parseText(value: string): Quantity | undefined {
  const match = form.exec(value);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", scientific, exponent, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  const shift = binaryShifts.get(suffix) ?? 0n;
  const tens =
    (scientific === undefined ? (decimalExponents.get(suffix) ?? 0) : Number(exponent)) - fraction.length;
  const magnitude = scale(digits << shift, tens + nanoDigits);
  return sign === "-" ? -magnitude : magnitude;
}

function scale(amount: bigint, tens: number): bigint {
  if (tens >= 0) return amount * 10n ** BigInt(tens);
  const divisor = 10n ** BigInt(-tens);
  return (amount + divisor - 1n) / divisor;
}
