/** Takes marks off rules that have got a test, in the text of a chapter's file. */

const RULE = /^ {4}\{\n {6}id: "([A-Z]+-\d+)",\n(?: {6,}.*\n)*? {4}\},\n/gm;
const MARK = /^ {6}open: NO_SCENARIO,\n/m;

/**
 * The text without `open: NO_SCENARIO` on the rules whose ids are in `tested`, and without the
 * import of the mark if none is left. Other marks have a reason of their own and stay.
 */
export function withoutMarks(text: string, tested: ReadonlySet<string>): string {
  const rest = text.replaceAll(RULE, (rule, id: string) =>
    tested.has(id) ? rule.replace(MARK, "") : rule,
  );
  return rest === text || MARK.test(rest) ? rest : withoutImport(rest);
}

function withoutImport(text: string): string {
  return text
    .replace(/^import \{ NO_SCENARIO \} from ".*";\n/m, "")
    .replace(/^(import \{.*)\bNO_SCENARIO, /m, "$1")
    .replace(/^(import \{.*), NO_SCENARIO\b/m, "$1");
}
