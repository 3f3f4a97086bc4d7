// Reads server-sent events from the body of a fetch. (EventSource can neither POST nor send a header.)

/**
 * Yield the events of a stream. A sign of several bytes, a line and an event may each come in pieces.
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} [onBytes] called whenever anything comes
 * @returns {AsyncGenerator<import("./types.js").ServerEvent>}
 */
export async function* serverEvents(body, onBytes = () => {}) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let name = "message";
  /** @type {string[]} */
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      onBytes();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      // A carriage return at the end may be half of a line break.
      const whole = done ? rest.length : rest.length - (rest.endsWith("\r") ? 1 : 0);
      const lines = rest.slice(0, whole).split(/\r\n|\r|\n/);
      rest = (lines.pop() || "") + rest.slice(whole);
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { name, data: JSON.parse(data.join("\n")) };
          name = "message";
          data = [];
        } else if (line.startsWith("event:")) {
          name = line.slice(6).trim();
        } else if (line.startsWith("data:")) {
          data.push(line.slice(5).replace(/^ /, ""));
        }
      }
      if (done) return;
    }
  } finally {
    // Leaving early, by an error or a stop, must not leave the connection open.
    reader.cancel().catch(() => {});
  }
}
