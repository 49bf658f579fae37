/** The bytes of a text in UTF-8; anything but a text has none. */
export function textBytes(value: unknown): number {
  return typeof value === "string" ? Buffer.byteLength(value) : 0;
}
