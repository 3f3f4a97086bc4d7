// Gives the widget in the frame a token whenever it asks for one: at first, and when the one it has does not hold any more.
const frame = document.querySelector("iframe");
const service = new URL(frame.src).origin;
addEventListener("message", async ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== service || data?.type !== "briefwijzer-token-wanted") return;
  const { token } = await (await fetch("/briefwijzer-frame-token", { method: "POST" })).json();
  frame.contentWindow.postMessage({ type: "briefwijzer-token", token }, service);
});
