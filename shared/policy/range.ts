interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** Whether a value is a number within a range, both ends included. */
export function isWithinRange(value: unknown, { minimum, maximum }: Range): boolean {
  return typeof value === "number" && value >= minimum && value <= maximum;
}

export function describeRange({ minimum, maximum }: Range): string {
  return `${minimum} to ${maximum}`;
}
