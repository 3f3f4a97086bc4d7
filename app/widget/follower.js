// Keeps what is being answered at the top of what is in sight, until the reader scrolls, by whatever means.

const STIRRED = 2;

/** Follows one turn of the conversation. */
export class Follower {
  constructor() {
    /** @type {Element | null} */
    this.turn = null;
    /** @type {number | undefined} where it was put, in pixels from the top of the window */
    this.place = undefined;
  }

  /** @param {Element | null} turn from now on */
  begin(turn) {
    this.turn = turn;
    this.place = undefined;
  }

  /** Put the turn at the top, unless it has been moved since. */
  keep() {
    const { turn, place } = this;
    if (!turn) return;
    if (place !== undefined && Math.abs(turn.getBoundingClientRect().top - place) > STIRRED) {
      this.turn = null;
      return;
    }
    turn.scrollIntoView({ block: "start" });
    this.place = turn.getBoundingClientRect().top;
  }
}
