// The widget's frame: launcher, panel, log, question field. The element fills it.

import { button, icon, make } from "./nodes.js";

/**
 * @typedef {object} ShellOptions
 * @property {import("./strings.js").Strings} strings
 * @property {import("./strings.js").Language} language
 * @property {boolean} isInline
 * @property {string} heading
 * @property {string} theme
 * @property {string | null} privacy address of a privacy statement
 */

/**
 * Build the frame.
 * @param {ShellOptions} options
 */
export function shellOf({ strings, language, isInline, heading, theme, privacy }) {
  const launcher = make(
    "button",
    { type: "button", class: "launcher", part: "launcher", "aria-expanded": "false", "aria-controls": "panel" },
    icon("chat"),
    make("span", {}, strings.launcher),
  );
  const dock = make("div", { class: "dock", popover: "manual" }, launcher);
  const clear = button("clear", strings.clear, "plain clear", true);
  const close = button("close", strings.close, "plain round close", false);
  const head = make("header", { class: "head" }, make("h2", { id: "heading" }, heading), clear, !isInline && close);

  const examples = make("ul", { class: "examples" });
  const welcome = make("div", { class: "welcome" }, !isInline && make("p", {}, strings.intro), examples);
  const turns = make("ol", { class: "turns" });
  const log = make(
    "div",
    { class: "log", role: "log", "aria-live": "off", "aria-label": strings.conversation, tabindex: isInline ? null : "0" },
    welcome,
    turns,
  );

  const alert = make("p", { role: "alert" });
  const retry = make("button", { type: "button", class: "second", hidden: "" }, strings.retry);
  const trouble = make("div", { class: "trouble" }, alert, retry);

  const field = make("textarea", { id: "question", rows: "1", part: "input", autocomplete: "off", enterkeyhint: "send" });
  const send = make("button", { type: "submit", class: "send", "aria-disabled": "true" }, icon("send"), make("span", {}, strings.send));
  const stop = button("stop", strings.stop, "second stop");
  stop.hidden = true;
  const label = make("label", { for: "question" }, strings.question);
  const form = make("form", { class: "ask" }, label, make("div", { class: "field" }, field, stop, send));
  const foot = privacy && make("p", { class: "foot" }, make("a", { href: privacy, target: "_blank", rel: "noopener noreferrer" }, `${strings.privacy} `, make("span", {}, strings.newTab)));

  const role = isInline ? "region" : "dialog";
  const panel = make("section", { id: "panel", class: "panel", part: "panel", role, "aria-labelledby": "heading" }, head, log, trouble, form, foot);
  if (!isInline) {
    panel.popover = "manual";
    panel.hidden = true;
  }
  const announcer = make("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const root = make("div", { class: isInline ? "root inline" : "root", lang: language, "data-theme": theme }, !isInline && dock, panel, announcer);
  return { root, dock, launcher, panel, clear, close, welcome, examples, turns, log, alert, retry, form, field, send, stop, announcer };
}

/** @typedef {ReturnType<typeof shellOf>} Shell */

/**
 * Show the example questions; pressing one asks it.
 * @param {Shell} shell
 * @param {string} title
 * @param {string[]} questions
 * @param {(question: string) => void} ask
 */
export function showExamples(shell, title, questions, ask) {
  shell.examples.replaceChildren(
    ...questions.map((question) => {
      const example = make("button", { type: "button", class: "example" }, question);
      example.addEventListener("click", () => ask(question));
      return make("li", {}, example);
    }),
  );
  if (questions.length && !shell.welcome.querySelector("h3")) shell.examples.before(make("h3", {}, title));
}

/**
 * Add a question to the log, with a place for its answer.
 * @param {Shell} shell
 * @param {import("./strings.js").Strings} strings
 * @param {string} question
 * @param {HTMLElement} answer
 */
export function addTurn(shell, strings, question, answer) {
  const heading = (/** @type {string} */ text) => make("h3", { class: "unseen" }, text);
  const asked = make("div", { class: "asked", part: "message" }, heading(strings.asked), make("p", {}, question));
  const turn = make("li", {}, asked, make("div", {}, heading(strings.answer), answer));
  shell.turns.append(turn);
  shell.welcome.hidden = true;
  return turn;
}

/**
 * Show what went wrong, with a button to try again; or nothing.
 * @param {Shell} shell
 * @param {string} text
 */
export function complain(shell, text) {
  shell.alert.textContent = text;
  shell.retry.hidden = !text;
}

/**
 * Show which buttons do something now.
 * @param {Shell} shell
 * @param {boolean} isBusy
 */
export function showState(shell, isBusy) {
  shell.stop.hidden = !isBusy;
  shell.send.setAttribute("aria-disabled", String(isBusy || !shell.field.value.trim()));
  shell.clear.hidden = !shell.turns.childElementCount;
}

/**
 * Move the focus to the question field where what had it is about to go.
 * @param {Shell} shell
 * @param {ShadowRoot | null} within
 */
export function keepFocus(shell, within) {
  const active = within?.activeElement;
  if (active && (active === shell.stop || active === shell.retry || shell.welcome.contains(active))) shell.field.focus();
}
