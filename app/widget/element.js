// <briefwijzer-chat>: the element itself. Attributes in, events out.

import { acquaint } from "./acquaintance.js";
import { Announcer } from "./announcer.js";
import { AnswerView } from "./answerview.js";
import { Client, RequestError } from "./client.js";
import { Conversation } from "./conversation.js";
import { Follower } from "./follower.js";
import { authoredAddress, originsOf } from "./links.js";
import { addTurn, complain, dress, keepFocus, shellOf, showExamples, showState } from "./shell.js";
import { fill, languageOf, stringsOf } from "./strings.js";
import { widgetSheet } from "./stylesheet.js";
import { wire } from "./wiring.js";

/** The chat on a page. */
export class BriefwijzerChat extends HTMLElement {
  /** Where the script came from, with what the service is mounted under. */
  static origin = "";
  static observedAttributes = "api lang mode heading theme history feedback source-origins privacy-url".split(" ");

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [widgetSheet()];
    this.shell = shellOf();
    shadow.append(this.shell.root);
    this.announcer = new Announcer(this.shell.announcer);
    wire(this.shell, this);
    /** @type {Record<string, string>} */
    this.speakers = {};
    /** @type {AbortController | null} */
    this.running = null;
    this.isOpen = this.isStale = false;
    this.follower = new Follower();
    /** @type {string | undefined} the attributes that the answers shown depend on */
    this.basis = undefined;
  }

  /**
   * Give a token for the service, or nothing where it needs none. Pages put their own function here.
   * @param {string | null} [_refused] what was given before and has just been refused
   * @returns {Promise<string | null>}
   */
  async getToken(_refused) {
    return null;
  }

  connectedCallback() {
    this.build();
  }

  disconnectedCallback() {
    this.stop();
    this.announcer.ended();
  }

  attributeChangedCallback() {
    if (this.isConnected && this.client) this.build();
  }

  /** Make of the attributes and the conversation what is shown, in place. */
  build() {
    const language = languageOf(this.getAttribute("lang") || /** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang);
    const strings = (this.strings = stringsOf(language));
    const api = (authoredAddress(this.getAttribute("api")) || BriefwijzerChat.origin || location.origin).replace(/\/+$/, "");
    this.isInline = this.getAttribute("mode") === "inline";
    this.announcer.use(strings);
    dress(this.shell, this, strings, language);
    this.converse(api, language, strings);
    const { dock, panel } = this.shell;
    if (this.isInline) void acquaint(this);
    else if (dock.showPopover && !dock.matches(":popover-open")) dock.showPopover();
    if (this.isOpen && !this.isInline && !panel.matches(":popover-open")) this.show();
  }

  /**
   * Show the conversation anew where an attribute that answers depend on has changed, but never tear down one under way.
   * @param {string} api
   * @param {import("./strings.js").Language} language
   * @param {import("./strings.js").Strings} strings
   */
  converse(api, language, strings) {
    const given = ["history", "feedback", "source-origins"].map((name) => this.getAttribute(name));
    const basis = JSON.stringify([api, language, given]);
    this.isStale = Boolean(this.running) && basis !== this.basis;
    if (this.running || basis === this.basis) return;
    this.basis = basis;
    this.client = new Client(api, (refused) => this.getToken(refused));
    const before = this.conversation;
    this.conversation = new Conversation(`briefwijzer:${api}`, given[0] !== "none");
    if (before?.key === this.conversation.key) this.conversation.turns = before.turns;
    /** @type {import("./citation.js").Setting} */
    this.setting = {
      strings,
      language,
      client: this.client,
      origins: originsOf(given[2]),
      takesFeedback: given[1] !== "off",
      names: () => this.speakers,
      emit: (name, detail) => this.emit(name, detail),
      announce: (text) => this.announcer.say(text),
    };
    this.shell.turns.replaceChildren();
    showExamples(this.shell, "", [], () => {});
    this.restore();
  }

  /** Show the turns that the session remembers; the last one can be tried again where it failed. */
  restore() {
    for (const turn of this.conversation?.turns || []) {
      const view = this.addView(turn.question);
      for (const said of turn.said || []) view.statement(said.statement, said.citations);
      if (turn.answer) this.finish(view, turn.answer, turn);
      if (turn.state !== "answered" && this.strings) {
        view.unfinished(turn.state === "stopped" ? this.strings.stopped : this.strings.unfinished);
      }
      this.shell.retry.hidden = turn.state !== "failed";
    }
    this.refresh();
  }

  open() {
    if (this.isInline) return;
    if (!this.isOpen) this.emit("open", {});
    this.show();
    this.shell.field.focus();
  }

  show() {
    const { shell } = this;
    this.isOpen = true;
    shell.panel.hidden = false;
    if (shell.panel.showPopover && !shell.panel.matches(":popover-open")) shell.panel.showPopover();
    shell.launcher.setAttribute("aria-expanded", "true");
    shell.turns.lastElementChild?.scrollIntoView({ block: "start" });
    void acquaint(this);
  }

  close() {
    const { shell } = this;
    if (this.isInline || !this.isOpen) return;
    this.isOpen = false;
    if (shell.panel.hidePopover && shell.panel.matches(":popover-open")) shell.panel.hidePopover();
    shell.panel.hidden = true;
    shell.launcher.setAttribute("aria-expanded", "false");
    shell.launcher.focus();
    this.emit("close", {});
  }

  submit() {
    const { shell } = this;
    if (this.running || !shell.field.value.trim()) return;
    const question = shell.field.value;
    shell.field.value = "";
    void this.ask(question);
  }

  /**
   * Ask a question, as if it had been typed. Resolves once the answer is there, or is known not to come.
   * @param {string} question
   */
  async ask(question) {
    const { client, conversation, shell, strings } = this;
    const text = String(question).trim();
    if (!text || this.running || !client || !conversation || !strings) return;
    if (!this.isInline && !this.isOpen) this.open();
    complain(shell, "");
    const running = (this.running = new AbortController());
    const id = crypto.randomUUID?.() || `${Date.now()}-${Math.random()}`;
    /** @type {import("./types.js").Turn} */
    const turn = { id, question: text, answer: null, state: "stopped" };
    const before = conversation.turns;
    conversation.add(turn);
    const view = this.addView(text);
    this.follower.begin(shell.turns.lastElementChild);
    keepFocus(shell, this.shadowRoot);
    this.refresh();
    this.announcer.started();
    this.emit("ask", { id });
    try {
      const answer = await client.ask(text, before, running.signal, (event) => this.receive(view, turn, event));
      this.finish(view, answer, turn);
      turn.answer = answer;
      turn.said = undefined;
      turn.state = "answered";
      this.announcer.answered(answer);
      this.emit("answer", { id, answerId: answer.id, status: answer.status });
    } catch (error) {
      this.fail(view, turn, error, running.signal.aborted);
    }
    this.refresh();
    this.running = null;
    conversation.save();
    keepFocus(shell, this.shadowRoot);
    this.refresh();
    if (this.isStale && this.isConnected) this.build();
  }

  /**
   * @param {AnswerView} view
   * @param {import("./types.js").Turn} turn
   * @param {import("./types.js").ServerEvent} event
   */
  receive(view, turn, { name, data }) {
    if (name === "statement") {
      view.statement(data.statement, data.citations);
      turn.said = [...(turn.said || []), data];
      if (this.conversation?.turns.includes(turn)) this.conversation.save();
    }
    if (name === "notice") view.notice(data.text, data.status === "not_found");
    this.refresh();
  }

  /**
   * @param {AnswerView} view
   * @param {import("./types.js").Answer} answer
   * @param {import("./types.js").Turn} turn
   */
  finish(view, answer, turn) {
    this.speakers = { ...this.speakers, ...answer.speakers };
    view.finish(answer, turn, () => this.conversation?.save());
  }

  /**
   * @param {AnswerView} view
   * @param {import("./types.js").Turn} turn
   * @param {unknown} error
   * @param {boolean} isStopped
   */
  fail(view, turn, error, isStopped) {
    const { conversation, shell, strings } = this;
    if (!conversation || !strings) return;
    this.announcer.ended();
    // The conversation was wiped meanwhile.
    if (!conversation.turns.includes(turn)) return;
    turn.state = isStopped ? "stopped" : "failed";
    if (isStopped) {
      view.unfinished(strings.stopped);
      this.announcer.say(strings.stoppedSaid);
      return;
    }
    const failure = error instanceof RequestError ? error : new RequestError("broken");
    const text = fill(strings.errors[failure.failure], { n: failure.retryAfter });
    if (view.shown) view.unfinished(strings.unfinished);
    view.close();
    complain(shell, text);
    this.emit("error", { id: turn.id, code: failure.failure, status: failure.status });
  }

  /** Stop the answer that is under way. */
  stop() {
    this.running?.abort();
  }

  /** Forget the conversation. */
  reset() {
    const { shell, conversation, strings } = this;
    if (!conversation || !strings) return;
    this.stop();
    conversation.clear();
    shell.turns.replaceChildren();
    shell.welcome.hidden = false;
    complain(shell, "");
    shell.field.focus();
    this.refresh();
    this.announcer.say(strings.cleared);
  }

  /** Ask the last question again, in place of the attempt that failed. */
  retry() {
    const { shell, conversation } = this;
    const last = conversation?.turns.at(-1);
    if (!conversation || !last || this.running) return;
    conversation.turns = conversation.turns.slice(0, -1);
    shell.turns.lastElementChild?.remove();
    shell.field.focus();
    void this.ask(last.question);
  }

  /** @param {string} question */
  addView(question) {
    const view = new AnswerView(/** @type {import("./citation.js").Setting} */ (this.setting));
    if (this.strings) addTurn(this.shell, this.strings, question, view.element);
    return view;
  }

  /** Show which buttons do something, and keep what is being answered at the top until the reader scrolls. */
  refresh() {
    showState(this.shell, Boolean(this.running));
    if (this.running) this.follower.keep();
  }

  /**
   * @param {string} name
   * @param {object} detail ids, never what was asked
   */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`briefwijzer-${name}`, { bubbles: true, composed: true, detail }));
  }
}
