// Keeps the conversation of this browser tab, from its first question on, so that a reload loses nothing.

const TURNS_KEPT = 20;

/** The turns, and where they are kept. */
export class Conversation {
  /**
   * @param {string} key
   * @param {boolean} isKept whether the tab's session remembers
   */
  constructor(key, isKept) {
    this.key = key;
    this.isKept = isKept;
    /** @type {import("./types.js").Turn[]} */
    this.turns = isKept ? this.stored() : [];
  }

  /** @returns {import("./types.js").Turn[]} */
  stored() {
    try {
      const turns = JSON.parse(sessionStorage.getItem(this.key) || "[]");
      return Array.isArray(turns) ? turns.filter(isTurn) : [];
    } catch {
      // Blocked storage, or something of another page under our key.
      return [];
    }
  }

  /** @param {import("./types.js").Turn} turn */
  add(turn) {
    this.turns = [...this.turns, turn].slice(-TURNS_KEPT);
    this.save();
  }

  save() {
    if (!this.isKept || !this.turns.length) return;
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.turns));
    } catch {
      // A full or blocked storage costs the memory of a reload, not the conversation.
    }
  }

  clear() {
    this.turns = [];
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // Nothing was stored there either.
    }
  }
}

/** @param {any} turn */
function isTurn(turn) {
  return (
    typeof turn?.id === "string" &&
    typeof turn.question === "string" &&
    (turn.said === undefined || (Array.isArray(turn.said) && turn.said.every(isSaid))) &&
    (turn.answer === null || (Array.isArray(turn.answer?.statements) && Array.isArray(turn.answer.citations)))
  );
}

/** @param {any} said */
function isSaid(said) {
  return typeof said?.statement?.text === "string" && Array.isArray(said.citations) && said.citations.every(isCitation);
}

/** @param {any} citation */
function isCitation(citation) {
  return typeof citation?.quote === "string" && typeof citation.title === "string";
}
