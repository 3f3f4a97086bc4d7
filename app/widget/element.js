// <briefwijzer-chat>: the element itself. Attributes in, events out.

import { withoutVerdicts } from "./actions.js";
import { Announcer } from "./announcer.js";
import { AnswerView } from "./answerview.js";
import { Client, RequestError } from "./client.js";
import { Conversation } from "./conversation.js";
import { authoredAddress, originsOf } from "./links.js";
import { addTurn, complain, keepFocus, shellOf, showExamples, showState } from "./shell.js";
import { fill, languageOf, stringsOf } from "./strings.js";
import { widgetSheet } from "./stylesheet.js";
import { wire } from "./wiring.js";

/** The chat on a page. */
export class BriefwijzerChat extends HTMLElement {
  /** Where the script came from. */
  static origin = "";
  static observedAttributes = "api lang mode heading theme history feedback source-origins privacy-url".split(" ");

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [widgetSheet()];
    /** @type {Record<string, string>} */
    this.speakers = {};
    /** @type {AbortController | null} */
    this.running = null;
    this.isOpen = false;
    this.isStale = false;
    /** @type {Element | undefined} */
    this.followed = undefined;
  }

  /**
   * Give a token for the service, or nothing where it needs none. Pages put their own function here.
   * @returns {Promise<string | null>}
   */
  async getToken() {
    return null;
  }

  connectedCallback() {
    this.build();
  }

  disconnectedCallback() {
    this.stop();
    this.announcer?.ended();
  }

  attributeChangedCallback() {
    if (!this.isConnected || !this.shell) return;
    // An answer under way is not torn down for a new colour.
    if (this.running) this.isStale = true;
    else this.build();
  }

  /** Build everything from the attributes and the conversation. */
  build() {
    this.isStale = false;
    const language = languageOf(this.getAttribute("lang") || /** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang);
    const strings = stringsOf(language);
    const api = (authoredAddress(this.getAttribute("api")) || BriefwijzerChat.origin || location.origin).replace(/\/+$/, "");
    this.isInline = this.getAttribute("mode") === "inline";
    this.strings = strings;
    this.client = new Client(api, () => this.getToken());
    const before = this.conversation;
    this.conversation = new Conversation(`briefwijzer:${api}`, this.getAttribute("history") !== "none");
    if (before?.key === this.conversation.key) this.conversation.turns = before.turns;
    this.shell = shellOf({
      strings,
      language,
      isInline: this.isInline,
      heading: this.getAttribute("heading") || "Briefwijzer",
      theme: this.getAttribute("theme") || "auto",
      privacy: authoredAddress(this.getAttribute("privacy-url")),
    });
    this.announcer?.ended();
    this.announcer = new Announcer(this.shell.announcer, strings);
    /** @type {import("./citation.js").Setting} */
    this.setting = {
      strings,
      language,
      client: this.client,
      origins: originsOf(this.getAttribute("source-origins")),
      takesFeedback: this.getAttribute("feedback") !== "off",
      names: () => this.speakers,
      emit: (name, detail) => this.emit(name, detail),
      announce: (text) => this.announcer?.say(text),
    };
    this.shadowRoot?.replaceChildren(this.shell.root);
    wire(this.shell, this);
    this.restore();
    if (this.isInline) void this.acquaint();
    else if (this.shell.dock.showPopover) this.shell.dock.showPopover();
    if (this.isOpen && !this.isInline) this.show();
  }

  /** Show the turns that the session remembers. */
  restore() {
    for (const turn of this.conversation?.turns || []) {
      const view = this.addView(turn.question);
      if (turn.answer) this.finish(view, turn.answer, turn);
      if (turn.state !== "answered" && this.strings) {
        view.unfinished(turn.state === "stopped" ? this.strings.stopped : this.strings.unfinished);
      }
    }
    this.refresh();
  }

  /** Get the speakers' names and the example questions, once. Without them everything else still works. */
  async acquaint() {
    const { client, setting, shell, strings } = this;
    if (!client || !setting || !shell || !strings || shell.examples.childElementCount) return;
    try {
      const about = await client.about(setting.language);
      this.speakers = { ...about.speakers, ...this.speakers };
      if (about.feedback === false) withoutVerdicts(shell, setting);
      showExamples(shell, strings.examples, about.examples, (question) => void this.ask(question));
    } catch {
      // No examples, then.
    }
  }

  open() {
    if (this.isInline || !this.shell) return;
    if (!this.isOpen) this.emit("open", {});
    this.show();
    this.shell.field.focus();
  }

  show() {
    const { shell } = this;
    if (!shell) return;
    this.isOpen = true;
    shell.panel.hidden = false;
    if (shell.panel.showPopover && !shell.panel.matches(":popover-open")) shell.panel.showPopover();
    shell.launcher.setAttribute("aria-expanded", "true");
    shell.turns.lastElementChild?.scrollIntoView({ block: "start" });
    void this.acquaint();
  }

  close() {
    const { shell } = this;
    if (this.isInline || !shell || !this.isOpen) return;
    this.isOpen = false;
    if (shell.panel.hidePopover && shell.panel.matches(":popover-open")) shell.panel.hidePopover();
    shell.panel.hidden = true;
    shell.launcher.setAttribute("aria-expanded", "false");
    shell.launcher.focus();
    this.emit("close", {});
  }

  submit() {
    const { shell } = this;
    if (!shell || this.running || !shell.field.value.trim()) return;
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
    if (!text || this.running || !client || !conversation || !shell || !strings) return;
    if (!this.isInline && !this.isOpen) this.open();
    complain(shell, "");
    const running = (this.running = new AbortController());
    const id = crypto.randomUUID?.() || `${Date.now()}-${Math.random()}`;
    /** @type {import("./types.js").Turn} */
    const turn = { id, question: text, answer: null, state: "stopped" };
    // A conversation that a reload cuts off in the middle of an answer keeps the question.
    const before = conversation.turns;
    conversation.add(turn);
    const view = this.addView(text);
    this.followed = shell.turns.lastElementChild || undefined;
    keepFocus(shell, this.shadowRoot);
    this.refresh();
    this.announcer?.started();
    this.emit("ask", { id });
    try {
      const answer = await client.ask(text, before, running.signal, (event) => this.receive(view, event));
      this.finish(view, answer, turn);
      turn.answer = answer;
      turn.state = "answered";
      this.announcer?.answered(answer);
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
   * @param {import("./types.js").ServerEvent} event
   */
  receive(view, { name, data }) {
    if (name === "statement") view.statement(data.statement, data.citations);
    if (name === "notice") view.notice(data.text, data.status === "not_found");
    this.refresh();
  }

  /**
   * @param {AnswerView} view
   * @param {import("./types.js").Answer} answer
   * @param {import("./types.js").Turn} turn
   */
  finish(view, answer, turn) {
    this.speakers = { ...answer.speakers, ...this.speakers };
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
    if (!conversation || !shell || !strings) return;
    this.announcer?.ended();
    // The conversation was wiped meanwhile.
    if (!conversation.turns.includes(turn)) return;
    turn.state = isStopped ? "stopped" : "failed";
    if (isStopped) {
      view.unfinished(strings.stopped);
      this.announcer?.say(strings.stoppedSaid);
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
    if (!shell || !conversation || !strings) return;
    this.stop();
    conversation.clear();
    shell.turns.replaceChildren();
    shell.welcome.hidden = false;
    complain(shell, "");
    shell.field.focus();
    this.refresh();
    this.announcer?.say(strings.cleared);
  }

  /** Ask the last question again, in place of the attempt that failed. */
  retry() {
    const { shell, conversation } = this;
    const last = conversation?.turns.at(-1);
    if (!shell || !conversation || !last || this.running) return;
    conversation.turns = conversation.turns.slice(0, -1);
    shell.turns.lastElementChild?.remove();
    shell.field.focus();
    void this.ask(last.question);
  }

  /** @param {string} question */
  addView(question) {
    const view = new AnswerView(/** @type {import("./citation.js").Setting} */ (this.setting));
    if (this.shell && this.strings) addTurn(this.shell, this.strings, question, view.element);
    return view;
  }

  /** Show which buttons do something now, and keep what is being answered at the top until the reader scrolls. */
  refresh() {
    if (this.shell) showState(this.shell, Boolean(this.running));
    if (this.running) this.followed?.scrollIntoView({ block: "start" });
  }

  /**
   * @param {string} name
   * @param {object} detail ids, never what was asked
   */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`briefwijzer-${name}`, { bubbles: true, composed: true, detail }));
  }
}
