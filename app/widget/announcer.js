// Tells a screen reader what happens, in few words: at the start, now and then, and once at the end.

import { stringsOf } from "./strings.js";

const STILL_MS = 10_000;
const READ_OUT = 600;

/** One polite live region that is always there. */
export class Announcer {
  /** @param {HTMLElement} region */
  constructor(region) {
    this.region = region;
    this.strings = stringsOf("nl");
    this.timer = 0;
  }

  /** @param {import("./strings.js").Strings} strings from now on */
  use(strings) {
    this.strings = strings;
  }

  /** Say that an answer is on its way, and every ten seconds that it still is. */
  started() {
    this.ended();
    this.say(this.strings.writing);
    this.timer = window.setInterval(() => this.say(this.strings.still), STILL_MS);
  }

  /** Say no more that it is on its way. */
  ended() {
    clearInterval(this.timer);
  }

  /**
   * Read out a short answer; of a long one, say that it is there.
   * @param {import("./types.js").Answer} answer
   */
  answered(answer) {
    this.ended();
    const count = answer.citations.length;
    const ready = [this.strings.readyNone, this.strings.readyOne][count] || this.strings.ready.replace("{n}", String(count));
    this.say(Array.from(answer.answer).length <= READ_OUT ? answer.answer : ready, answer.language);
  }

  /**
   * @param {string} text
   * @param {string} [language] where it is not the widget's
   */
  say(text, language) {
    if (language) this.region.lang = language;
    else this.region.removeAttribute("lang");
    this.region.textContent = text;
  }
}
