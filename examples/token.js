// Gives the widget a token, and keeps it for as long as it holds.
let kept;
document.querySelector("briefwijzer-chat").getToken = async (refused) => {
  if (!kept || kept.token === refused || kept.until < Date.now()) {
    const { token, expires_in } = await (await fetch("/briefwijzer-token", { method: "POST" })).json();
    kept = { token, until: Date.now() + (expires_in - 30) * 1000 };
  }
  return kept.token;
};
