import unhomoglyph from "unhomoglyph";

/**
 * Letters that look like basic Latin ones, or are read as them, and that Unicode's confusables table (UTS #39,
 * through the library) leaves alone: small capitals, to which it maps Cyrillic letters such as "в" and "н", and
 * Latin letters without a decomposition.
 */
const basicLatin: Readonly<Record<string, string>> = {
  ß: "ss",
  ẞ: "SS",
  þ: "th",
  Þ: "Th",
  ð: "d",
  Ð: "D",
  ʙ: "b",
  ɢ: "g",
  ʜ: "h",
  ɪ: "i",
  ĸ: "k",
  ʟ: "l",
  ʍ: "m",
  ɴ: "n",
  ʀ: "r",
  ᴛ: "t",
  ʏ: "y",
  ƅ: "b",
};

function foldCharacter(character: string): string {
  if (character <= "\u007f") return character;
  const prototype = unhomoglyph(character);
  return Array.from(prototype, (part) => basicLatin[part] ?? part).join("");
}

/**
 * Writes a text with the basic Latin letters that it looks like: compatibility forms (full-width, mathematical,
 * circled), letters of other scripts and accents are replaced; characters that show nothing are removed. Case is
 * kept, since look-alikes depend on it. What has no Latin look-alike stays as it is.
 *
 * Two texts that a person cannot tell apart fold to the same text, up to the pairs within basic Latin that
 * `lookAlikeKey` treats.
 */
export function foldLookAlikes(text: string): string {
  const visible = text.normalize("NFKD").replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, "");
  return Array.from(visible, foldCharacter).join("").normalize("NFKD").replaceAll(/\p{M}/gu, "");
}

/**
 * The form in which two DNS labels are compared for looking alike: `paypal`, `paypa1`, `paypai` and `pay-pal` have
 * one key, as have `corner` and `comer`. A hyphen between two digits counts (`shop-1-11` is not `shop-11-1`).
 *
 * @param label lower-case letters, digits and hyphens
 */
export function lookAlikeKey(label: string): string {
  return label
    .replaceAll(/(?<!\d)-|-(?!\d)/g, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("0", "o")
    .replaceAll(/[1i]/g, "l");
}
