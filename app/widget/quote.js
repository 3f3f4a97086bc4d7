// A quote in the text around it. The service counts code points, JavaScript counts UTF-16 units.

const AROUND = 320;

/**
 * Return the UTF-16 positions of code-point offsets.
 * @param {string} text
 * @param {number[]} offsets in any order
 * @returns {number[]} in the order given; an offset past the end is the end
 */
export function toUnits(text, offsets) {
  const order = offsets.map((offset, place) => ({ offset, place })).sort((a, b) => a.offset - b.offset);
  /** @type {number[]} */
  const units = [];
  let unit = 0;
  let point = 0;
  for (const { offset, place } of order) {
    for (; point < offset && unit < text.length; point++) unit += /** @type {number} */ (text.codePointAt(unit)) > 0xffff ? 2 : 1;
    units[place] = unit;
  }
  return units;
}

/**
 * Return a citation's quote with some text before and after it, or null where the document has another text there.
 * Words of another speaker are never taken along: they would stand unnamed beside the quote.
 * @param {import("./types.js").SourceDocument} source
 * @param {import("./types.js").Citation} citation
 */
export function quoteInContext(source, citation) {
  const { start, end, quote } = citation;
  const blocks = source.blocks || [];
  const first = blocks.findIndex((block) => block.end > start);
  const last = blocks.findLastIndex((block) => block.start < end);
  let from = start;
  let to = end;
  if (first >= 0 && last >= first) {
    const same = (/** @type {import("./types.js").Block | undefined} */ block, /** @type {number} */ beside) =>
      block && block.kind !== "heading" && blocks[beside].kind !== "heading" && block.speaker === blocks[beside].speaker;
    from = (same(blocks[first - 1], first) ? blocks[first - 1] : blocks[first]).start;
    to = (same(blocks[last + 1], last) ? blocks[last + 1] : blocks[last]).end;
  }
  const [a, b, c, d] = toUnits(source.text, [from, start, end, to]);
  const found = source.text.slice(b, c);
  if (found !== quote || start >= end) return null;
  return { before: tail(source.text.slice(a, b)), quote: found, after: head(source.text.slice(c, d)) };
}

/** @param {string} text */
function tail(text) {
  if (text.length <= AROUND) return text;
  return `… ${text.slice(-AROUND).replace(/^\S*\s/, "")}`;
}

/** @param {string} text */
function head(text) {
  if (text.length <= AROUND) return text;
  return `${text.slice(0, AROUND).replace(/\s\S*$/, "")} …`;
}
