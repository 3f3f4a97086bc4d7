// Talks to the service: questions, documents, verdicts. Nothing goes into an address but a document's id and revision.

import { serverEvents } from "./eventstream.js";

/** @typedef {keyof import("./strings.js").Strings["errors"]} Failure */

const STALLED_MS = 90_000;
const PATIENCE_MS = 30_000;
const TURNS_SENT = 8;
const MOST_ANSWER = 4_000;

/** What went wrong, in one of the words that the widget has a sentence for. */
export class RequestError extends Error {
  /**
   * @param {Failure} failure
   * @param {number} [status] of the response, 0 where there was none
   * @param {number} [retryAfter] seconds
   */
  constructor(failure, status = 0, retryAfter = 0) {
    super(failure);
    this.failure = failure;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * Return the error that a response stands for.
 * @param {number} status
 * @param {number} [retryAfter]
 */
export function errorOf(status, retryAfter = 0) {
  /** @type {Failure} */
  let failure = "failed";
  if (status === 401 || status === 403) failure = "unauthorised";
  else if (status === 429) failure = "busy";
  else if ([502, 503, 504].includes(status)) failure = "unavailable";
  else if ([400, 413, 422].includes(status)) failure = "invalid";
  return new RequestError(failure, status, retryAfter || 10);
}

/** The service at one address. */
export class Client {
  /**
   * @param {string} api address without a slash at its end
   * @param {(refused?: string | null) => (Promise<string | null | undefined> | string | null | undefined)} getToken
   */
  constructor(api, getToken) {
    this.api = api;
    this.getToken = getToken;
    /** @type {Map<string, Promise<import("./types.js").SourceDocument>>} */
    this.documents = new Map();
  }

  /**
   * Ask; calls `onEvent` for each event and returns the whole answer. Throws RequestError, or AbortError after a stop.
   * @param {string} question
   * @param {import("./types.js").Turn[]} turns the conversation so far
   * @param {AbortSignal} stop
   * @param {(event: import("./types.js").ServerEvent) => void} onEvent
   * @returns {Promise<import("./types.js").Answer>}
   */
  async ask(question, turns, stop, onEvent) {
    const history = turns
      .filter((turn) => turn.answer)
      .slice(-TURNS_SENT)
      .map((turn) => ({ question: turn.question, answer: (turn.answer?.answer || "").slice(0, MOST_ANSWER) }));
    const stalled = new AbortController();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => stalled.abort(), STALLED_MS);
    };
    alive();
    try {
      const signal = AbortSignal.any([stop, stalled.signal]);
      const response = await this.request("/v1/ask", { question, history }, signal, "text/event-stream");
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return await response.json();
      if (!response.body) throw new RequestError("broken");
      for await (const event of serverEvents(response.body, alive)) {
        if (event.name === "done") return event.data;
        if (event.name === "error") throw errorOf(Number(event.data.status) || 500);
        onEvent(event);
      }
      throw new RequestError("broken");
    } catch (error) {
      if (stop.aborted || error instanceof RequestError) throw error;
      throw new RequestError(stalled.signal.aborted ? "stalled" : "broken");
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Return a document's text and blocks; asked for once.
   * @param {string} id
   * @param {string} rev
   * @returns {Promise<import("./types.js").SourceDocument>}
   */
  document(id, rev) {
    const path = `/v1/documents/${encodeURIComponent(id)}?rev=${encodeURIComponent(rev)}`;
    let found = this.documents.get(path);
    if (!found) {
      found = this.request(path).then((response) => response.json());
      found.catch(() => this.documents.delete(path));
      this.documents.set(path, found);
    }
    return found;
  }

  /**
   * Return the names of the speakers, and example questions.
   * @param {string} language
   * @returns {Promise<import("./types.js").About>}
   */
  async about(language) {
    return (await this.request(`/v1/widget?language=${language}`)).json();
  }

  /**
   * Send a verdict.
   * @param {string} answerId
   * @param {"up" | "down"} verdict
   * @param {string} [remark] empty erases an earlier one; without one that stays
   */
  async feedback(answerId, verdict, remark) {
    await this.request("/v1/feedback", { answer_id: answerId, verdict, ...(remark === undefined ? {} : { remark }) });
  }

  /** Return whether the service can be reached, though a browser shows this page no answer of it: its origin may not ask. */
  async isThere() {
    if (new URL(this.api).origin === location.origin) return false;
    try {
      await fetch(`${this.api}/icon.svg`, { mode: "no-cors", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" });
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Send a request; with a body it is a POST. For a token that is refused another one is asked for, once.
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal] when to give up
   * @param {string} [accept]
   * @returns {Promise<Response>}
   */
  async request(path, body, signal = patience(), accept = "application/json") {
    /** @type {string | null | undefined} */
    let refused;
    for (;;) {
      /** @type {Record<string, string>} */
      const headers = { Accept: accept };
      let token;
      try {
        token = (await until(signal, this.getToken(refused))) || null;
      } catch (error) {
        throw signal.aborted ? error : new RequestError("unauthorised");
      }
      // The same one would be refused again.
      if (token === refused) throw new RequestError(token ? "expired" : "unauthorised", 401);
      if (token) headers.Authorization = `Bearer ${token}`;
      if (body) headers["Content-Type"] = "application/json";
      let response;
      try {
        response = await fetch(this.api + path, {
          method: body ? "POST" : "GET",
          headers,
          body: body && JSON.stringify(body),
          signal,
          // The service's own page behind a sign-in: the session there is that of the page itself. Elsewhere no cookie goes along.
          credentials: new URL(this.api).origin === location.origin ? "same-origin" : "omit",
          referrerPolicy: "no-referrer",
        });
      } catch (error) {
        throw signal.aborted ? error : new RequestError((await this.isThere()) ? "blocked" : "offline");
      }
      if (response.ok) return response;
      if (response.status !== 401 || refused !== undefined) {
        throw errorOf(response.status, Number(response.headers.get("retry-after")));
      }
      refused = token;
    }
  }
}

/** Return a signal that gives up after a while. */
function patience() {
  const given = new AbortController();
  window.setTimeout(() => given.abort(), PATIENCE_MS);
  return given.signal;
}

/**
 * Wait for what a page's own code may never give, but not after a signal.
 * @template T
 * @param {AbortSignal} signal
 * @param {Promise<T> | T} wanted
 * @returns {Promise<T>}
 */
function until(signal, wanted) {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    Promise.resolve(wanted).then(resolve, reject);
  });
}
