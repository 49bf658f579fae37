/** Whether an optional field of an object of the API has a value: Go leaves some out, and encodes some as null. */
export function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
