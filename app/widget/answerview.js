// Shows one answer while it comes: each statement under the name of its speaker, quotes apart from written words.

import { actionsOf } from "./actions.js";
import { citationOf, nameOf, referencesOf } from "./citation.js";
import { make } from "./nodes.js";
import { fill, readableDate } from "./strings.js";

const VOICES = 6;

/** The view of one answer. What it has shown it never takes back. */
export class AnswerView {
  /** @param {import("./citation.js").Setting} setting */
  constructor(setting) {
    this.setting = setting;
    this.pending = make("p", { class: "pending", "aria-hidden": "true" }, `${setting.strings.writing}…`);
    this.element = make("div", { class: "answer", part: "message" }, this.pending);
    /** @type {HTMLElement | null} */
    this.group = null;
    this.groupKey = "";
    this.shown = 0;
    this.hasNotice = false;
    /** @type {HTMLElement[]} in the answer's language, which is known at its end */
    this.own = [];
  }

  /** @param {HTMLElement} node */
  append(node) {
    if (this.pending.isConnected) this.pending.before(node);
    else this.element.append(node);
    return node;
  }

  /**
   * Say what is missing; it stands above what was found.
   * @param {string} text
   * @param {boolean} isMissing whether nothing was found at all
   */
  notice(text, isMissing) {
    if (this.hasNotice) return;
    this.hasNotice = true;
    const line = make("p", { class: isMissing ? "notice missing" : "notice" }, text);
    this.element.prepend(line);
    this.own.push(line);
  }

  /**
   * Show a statement with what it rests on.
   * @param {import("./types.js").Statement} statement
   * @param {import("./types.js").Citation[]} citations
   */
  statement(statement, citations) {
    this.shown++;
    const first = citations[0];
    const key = JSON.stringify([statement.speaker, first?.title]);
    if (!this.group || key !== this.groupKey) this.group = this.append(this.groupOf(statement.speaker, first));
    this.groupKey = key;
    if (citations.every((citation) => statement.text.includes(citation.quote))) {
      for (const citation of citations) this.group.append(...this.quote(citation));
      return;
    }
    const line = make("p", { class: "written" }, statement.text);
    this.own.push(line);
    this.group.append(line);
    for (const citation of citations) this.group.append(...this.quote(citation));
  }

  /**
   * @param {string | null} speaker
   * @param {import("./types.js").Citation | undefined} citation
   */
  groupOf(speaker, citation) {
    const { setting } = this;
    const name = make("strong", { "data-speaker": speaker }, nameOf(setting, speaker));
    const date = citation?.date && `, ${readableDate(citation.date, setting.language)}`;
    return make(
      "section",
      { class: "voice", "data-voice": voiceOf(setting, speaker) },
      make("p", { class: "speaker" }, name),
      citation && make("p", { class: "soft" }, make("span", { lang: citation.language }, citation.title), date),
    );
  }

  /** @param {import("./types.js").Citation} citation */
  quote(citation) {
    const { button, panel } = citationOf(this.setting, citation);
    const text = make("p", {}, `“${citation.quote}” `, button);
    const quote = make("blockquote", { lang: citation.language || "" }, text);
    button.lang = this.setting.language;
    const references = referencesOf(this.setting, citation);
    return references ? [quote, panel, references] : [quote, panel];
  }

  /** Show that nothing more comes. */
  close() {
    this.pending.remove();
  }

  /**
   * Show what the whole answer has beyond the statements that came before it.
   * @param {import("./types.js").Answer} answer
   * @param {import("./types.js").Turn} turn
   * @param {() => void} save keeps the verdict
   */
  finish(answer, turn, save) {
    const { strings } = this.setting;
    this.close();
    const numbered = new Map(answer.citations.map((citation) => [citation.number, citation]));
    for (const statement of answer.statements.slice(this.shown)) {
      const cited = statement.citations.map((number) => numbered.get(number)).filter((found) => found !== undefined);
      this.statement(statement, cited);
    }
    nameVoices(this.element, this.setting);
    if (answer.notice) this.notice(answer.notice, answer.status === "not_found");
    else if (!this.shown) this.notice(answer.answer, true);
    for (const line of this.own) line.lang = answer.language;
    const read = (answer.corrections || []).map(([typed, meant]) => fill(strings.corrected, { typed, meant }));
    if (answer.understood) read.push(fill(strings.asRead, { text: answer.understood }));
    if (read.length) this.element.prepend(make("p", { class: "soft" }, read.join(" ")));
    const others = (answer.also || []).map((also) => nameOf(this.setting, also.speaker));
    const unnamed = others.filter((name) => !answer.notice?.includes(name));
    if (unnamed.length) this.append(make("p", { class: "soft" }, fill(strings.also, { names: unnamed.join(", ") })));
    if (answer.mode === "llm") this.append(make("p", { class: "soft" }, strings.written));
    else if (answer.degraded) this.append(make("p", { class: "soft" }, strings.degraded));
    this.append(actionsOf(this.setting, answer, turn, save));
  }

  /** @param {string} text why the answer is not whole */
  unfinished(text) {
    this.close();
    this.append(make("p", { class: "notice" }, text));
  }
}

/**
 * Put names and colours where statements came before the speakers were known.
 * @param {HTMLElement} within
 * @param {import("./citation.js").Setting} setting
 */
export function nameVoices(within, setting) {
  for (const name of within.querySelectorAll("[data-speaker]")) {
    const speaker = name.getAttribute("data-speaker");
    name.textContent = nameOf(setting, speaker);
    name.closest(".voice")?.setAttribute("data-voice", voiceOf(setting, speaker));
  }
}

/**
 * Return the number of a speaker's colour, -1 for none.
 * @param {import("./citation.js").Setting} setting
 * @param {string | null} speaker
 */
function voiceOf(setting, speaker) {
  return String(speaker ? Object.keys(setting.names()).indexOf(speaker) % VOICES : -1);
}
