// Which key and which button does what.

const FULL_SCREEN = "(max-width: 30rem), (max-height: 26rem)";

/**
 * Connect the frame to the element.
 * @param {import("./shell.js").Shell} shell
 * @param {import("./element.js").BriefwijzerChat} chat
 */
export function wire(shell, chat) {
  shell.launcher.addEventListener("click", () => (chat.isOpen ? chat.close() : chat.open()));
  shell.close.addEventListener("click", () => chat.close());
  shell.clear.addEventListener("click", () => chat.reset());
  shell.stop.addEventListener("click", () => chat.stop());
  shell.retry.addEventListener("click", () => chat.retry());
  shell.field.addEventListener("input", () => chat.refresh());
  shell.field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    chat.submit();
  });
  shell.form.addEventListener("submit", (event) => {
    event.preventDefault();
    chat.submit();
  });
  shell.root.addEventListener("keydown", (event) => {
    if (chat.isInline || !chat.isOpen || event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      chat.close();
    } else if (event.key === "Tab" && matchMedia(FULL_SCREEN).matches) {
      keepInside(event, shell.panel, chat.shadowRoot);
    }
  });
}

/**
 * Keep the Tab key inside a panel that covers the whole screen, so that nothing hidden gets the focus.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} panel
 * @param {ShadowRoot | null} within
 */
function keepInside(event, panel, within) {
  const reachable = [...panel.querySelectorAll("a[href], button, textarea, [tabindex='0']")].filter(
    (element) => element.getClientRects().length,
  );
  const [first, last] = [reachable[0], reachable[reachable.length - 1]];
  if (within?.activeElement !== (event.shiftKey ? first : last)) return;
  event.preventDefault();
  /** @type {HTMLElement} */ (event.shiftKey ? last : first).focus();
}
