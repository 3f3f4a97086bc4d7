// A numbered button beside a quote, and what it opens: the quote in the text around it, whose words it is, and where it stands.

import { quoteAddress, safeAddress, viewerAddress } from "./links.js";
import { make, outwardLink, uniqueId } from "./nodes.js";
import { quoteInContext } from "./quote.js";
import { fill, readableDate } from "./strings.js";

/**
 * @typedef {object} Setting what a view needs to know of the widget that it stands in
 * @property {import("./strings.js").Strings} strings
 * @property {import("./strings.js").Language} language
 * @property {import("./client.js").Client} client
 * @property {string[] | null} origins to which source links may lead; null where any may
 * @property {boolean} takesFeedback
 * @property {() => Record<string, string>} names of the speakers by their id
 * @property {(name: string, detail: object) => void} emit
 * @property {(text: string) => void} announce
 */

/**
 * Return who says a thing, by name.
 * @param {Setting} setting
 * @param {string | null} speaker
 */
export function nameOf(setting, speaker) {
  return speaker ? setting.names()[speaker] || speaker : setting.strings.unknown;
}

/**
 * Make the button of a citation and the panel that it opens.
 * @param {Setting} setting
 * @param {import("./types.js").Citation} citation
 * @returns {{button: HTMLButtonElement, panel: HTMLElement}}
 */
export function citationOf(setting, citation) {
  const id = uniqueId("citation");
  const name = fill(setting.strings.source, { n: citation.number, title: citation.title });
  const panel = make("div", { id, class: "source", part: "citation", role: "group", "aria-label": name, hidden: "" });
  const button = make(
    "button",
    { type: "button", class: "cite", "aria-expanded": "false", "aria-controls": id, "aria-label": name },
    String(citation.number),
  );
  button.addEventListener("click", () => {
    const opens = panel.hidden;
    panel.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
    if (!opens) return;
    if (!panel.childElementCount) fillPanel(setting, citation, panel);
    setting.emit("cite", { number: citation.number, documentId: citation.document_id, rev: citation.rev });
  });
  return { button, panel };
}

/**
 * @param {Setting} setting
 * @param {import("./types.js").Citation} citation
 * @param {HTMLElement} panel
 */
function fillPanel(setting, citation, panel) {
  const { strings } = setting;
  const passage = make("p", { class: "context", lang: citation.language || "" }, citation.quote);
  const remark = make("p", { class: "soft" }, strings.loading);
  panel.replaceChildren(passage, remark, factsOf(setting, citation), linksOf(setting, citation));
  setting.client.document(citation.document_id, citation.rev).then(
    (source) => {
      const found = quoteInContext(source, citation);
      if (found) {
        passage.replaceChildren(found.before, make("mark", {}, found.quote), found.after);
        remark.remove();
      } else {
        remark.className = "note";
        remark.textContent = strings.mismatch;
      }
    },
    () => {
      remark.textContent = strings.noContext;
    },
  );
}

/**
 * @param {Setting} setting
 * @param {import("./types.js").Citation} citation
 */
function factsOf(setting, citation) {
  const { strings, language } = setting;
  const day = (/** @type {string | null} */ date) => date && readableDate(date, language);
  const publisher = citation.publisher && ` (${citation.publisher})`;
  /** @type {[string, string | false | null | undefined, string | null][]} */
  const facts = [
    [strings.speaker, nameOf(setting, citation.speaker), null],
    [strings.reports, citation.reported_speaker && nameOf(setting, citation.reported_speaker), null],
    [strings.title, `${citation.title}${publisher || ""}`, citation.language || null],
    [strings.section, citation.section && citation.section !== citation.quote && `‘${citation.section}’`, citation.language || null],
    [strings.page, citation.page ? String(citation.page) : null, null],
    [strings.date, day(citation.date), null],
    [strings.fetched, day(citation.fetched_at), null],
  ];
  const list = make("dl");
  for (const [term, value, lang] of facts) {
    if (value) list.append(make("div", {}, make("dt", {}, term), make("dd", { lang }, value)));
  }
  return list;
}

/**
 * Return the address of a citation's source at the quote, or null where there is none that may be followed.
 * @param {Setting} setting
 * @param {import("./types.js").Citation} citation
 */
export function sourceAddress(setting, citation) {
  const address = safeAddress(citation.url, setting.origins);
  return address && quoteAddress(address, citation.quote, citation.page);
}

/**
 * @param {Setting} setting
 * @param {import("./types.js").Citation} citation
 */
function linksOf(setting, citation) {
  const { strings } = setting;
  const viewer = viewerAddress(setting.client.api, citation.viewer_url, setting.language);
  const source = sourceAddress(setting, citation);
  return make(
    "p",
    { class: "links" },
    viewer && outwardLink(viewer, strings.inContext, strings.newTab),
    source && outwardLink(source, strings.atSource, strings.newTab),
  );
}

/**
 * Return a line with what a quote links to itself, or null where it links to nothing.
 * @param {Setting} setting
 * @param {import("./types.js").Citation} citation
 */
export function referencesOf(setting, citation) {
  const { strings } = setting;
  const links = (citation.links || []).map((link) => {
    const address = safeAddress(link.url, setting.origins);
    return make("li", {}, address ? outwardLink(address, link.text || address, strings.newTab) : link.text);
  });
  return links.length ? make("div", { class: "refers" }, make("p", {}, strings.refersTo), make("ul", {}, ...links)) : null;
}
