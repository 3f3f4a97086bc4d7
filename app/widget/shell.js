// The widget's frame: launcher, panel, log, question field. The element fills it.

import { authoredAddress } from "./links.js";
import { button, icon, make, rename } from "./nodes.js";

/** Build the frame, once: what changes later is changed in place, so that a screen reader loses nothing and hears nothing twice. */
export function shellOf() {
  const attributes = { type: "button", class: "launcher", part: "launcher", "aria-expanded": "false", "aria-controls": "panel" };
  const launcher = make("button", attributes, icon("chat"), make("span"));
  const dock = make("div", { class: "dock", popover: "manual" }, launcher);
  const clear = button("clear", "", "plain clear", true);
  const close = button("close", "", "plain round close", false);
  const heading = make("h2", { id: "heading" });
  const head = make("header", { class: "head" }, heading, clear, close);

  const intro = make("p");
  const examples = make("ul", { class: "examples" });
  const welcome = make("div", { class: "welcome" }, intro, examples);
  const turns = make("ol", { class: "turns" });
  const log = make("div", { class: "log", role: "log", "aria-live": "off" }, welcome, turns);

  const alert = make("p", { role: "alert" });
  const retry = make("button", { type: "button", class: "second", hidden: "" });
  const trouble = make("div", { class: "trouble" }, alert, retry);

  const field = make("textarea", { id: "question", rows: "1", part: "input", autocomplete: "off", enterkeyhint: "send" });
  const send = make("button", { type: "submit", class: "send", "aria-disabled": "true" }, icon("send"), make("span"));
  const stop = button("stop", "", "second stop");
  stop.hidden = true;
  const label = make("label", { for: "question" });
  const form = make("form", { class: "ask" }, label, make("div", { class: "field" }, field, stop, send));
  const foot = make("p", { class: "foot" });

  const panel = make("section", { id: "panel", class: "panel", part: "panel", "aria-labelledby": "heading" }, head, log, trouble, form, foot);
  const announcer = make("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const root = make("div", {}, panel, announcer);
  return {
    root, dock, launcher, panel, clear, close, heading, intro, welcome, examples, turns, log, alert, retry, form, field, label, send, stop,
    foot, announcer,
  };
}

/** @typedef {ReturnType<typeof shellOf>} Shell */

/**
 * Give the frame its words and its look. What is already so stays untouched.
 * @param {Shell} shell
 * @param {import("./element.js").BriefwijzerChat} chat
 * @param {import("./strings.js").Strings} strings
 * @param {import("./strings.js").Language} language
 */
export function dress(shell, chat, strings, language) {
  const { root, dock, panel, log } = shell;
  const { isInline, isOpen } = chat;
  const privacy = authoredAddress(chat.getAttribute("privacy-url"));
  root.className = isInline ? "root inline" : "root";
  root.lang = language;
  root.dataset.theme = chat.getAttribute("theme") || "auto";
  shell.heading.textContent = chat.getAttribute("heading") || "Briefwijzer";
  shell.intro.textContent = strings.intro;
  shell.label.textContent = strings.question;
  shell.retry.textContent = strings.retry;
  log.setAttribute("aria-label", strings.conversation);
  for (const name of /** @type {const} */ (["launcher", "clear", "close", "send", "stop"])) rename(shell[name], strings[name]);
  const statement = { href: privacy, target: "_blank", rel: "noopener noreferrer" };
  shell.foot.hidden = !privacy;
  shell.foot.replaceChildren(privacy ? make("a", statement, `${strings.privacy} `, make("span", {}, strings.newTab)) : "");

  shell.close.hidden = shell.intro.hidden = Boolean(isInline);
  if (isInline) {
    dock.remove();
    log.removeAttribute("tabindex");
    panel.removeAttribute("popover");
  } else {
    if (!dock.isConnected) root.prepend(dock);
    log.tabIndex = 0;
    if (!panel.popover) panel.popover = "manual";
  }
  panel.setAttribute("role", isInline ? "region" : "dialog");
  panel.hidden = !isInline && !isOpen;
}

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
  shell.welcome.querySelector("h3")?.remove();
  if (questions.length) shell.examples.before(make("h3", {}, title));
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
