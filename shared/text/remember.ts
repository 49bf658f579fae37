/**
 * The same function of a text, which remembers its latest answers: for texts that repeat and are dear to parse.
 * @param maximum how many answers are kept at most; then all are forgotten, so that strangers' texts fill no memory and
 * lock nobody out
 */
export function remember<Answer>(
  compute: (text: string) => Answer,
  maximum: number,
): (text: string) => Answer {
  const answers = new Map<string, { readonly answer: Answer }>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known.answer;
    const answer = compute(text);
    if (answers.size >= maximum) answers.clear();
    answers.set(text, { answer });
    return answer;
  };
}
