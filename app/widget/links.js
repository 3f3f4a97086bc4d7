// Addresses: which may be followed, and how one points at a quote.

/**
 * Return an address as it may stand in a link, or null: http and https only, and only to `origins` where they are given.
 * @param {string | null | undefined} address
 * @param {string[] | null} [origins]
 */
export function safeAddress(address, origins = null) {
  let parsed;
  try {
    parsed = new URL(String(address));
  } catch {
    return null;
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return null;
  if (parsed.username || parsed.password) return null;
  return origins && !origins.includes(parsed.origin) ? null : parsed.href;
}

/**
 * Return an address that a page's author wrote, which may be relative to the page, or null.
 * @param {string | null} address
 */
export function authoredAddress(address) {
  return address && URL.canParse(address, document.baseURI) ? safeAddress(new URL(address, document.baseURI).href) : null;
}

/**
 * Return the address of the viewer page, or null where what the service sent leads elsewhere.
 * @param {string} api
 * @param {string} path as in `viewer_url`
 * @param {"nl" | "en"} language
 */
export function viewerAddress(api, path, language) {
  // Before it stands what the service is mounted under, which the address of the service has too.
  const own = /^(?:\/[\w.~-]+)*?(\/documents\/.*)$/.exec(typeof path === "string" ? path : "");
  const address = own && safeAddress(api + own[1], [new URL(api).origin]);
  if (!address || language !== "en") return address;
  const viewer = new URL(address);
  viewer.searchParams.set("lang", language);
  return viewer.href;
}

const WHOLE_WORDS = 10;
const EDGE_WORDS = 5;

/**
 * Return the address that opens a page at a quote, by a text fragment; a PDF at its page.
 * @param {string} address
 * @param {string} quote
 * @param {number | null} page
 */
export function quoteAddress(address, quote, page) {
  const base = address.split("#", 1)[0];
  if (base.split("?")[0].toLowerCase().endsWith(".pdf")) return page ? `${base}#page=${page}` : base;
  const words = quote.trim().split(/\s+/);
  if (words.length <= WHOLE_WORDS) return `${base}#:~:text=${encoded(words)}`;
  return `${base}#:~:text=${encoded(words.slice(0, EDGE_WORDS))},${encoded(words.slice(-EDGE_WORDS))}`;
}

/**
 * Encode words for a text fragment, in which "-" and "," have a meaning of their own.
 * @param {string[]} words
 */
function encoded(words) {
  const sign = (/** @type {string} */ c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(words.join(" ")).replace(/[-!'()*]/g, sign);
}

/**
 * Return the origins that an attribute lists, apart by spaces or commas; null where it is empty. What is no origin lets nothing in.
 * @param {string | null} value
 */
export function originsOf(value) {
  if (!value?.trim()) return null;
  return value.split(/[\s,]+/).flatMap((part) => {
    const address = safeAddress(part);
    return address ? [new URL(address).origin] : [];
  });
}
